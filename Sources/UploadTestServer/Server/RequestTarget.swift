/// Path and query of a request. The path is cut at its slashes before it is decoded, so that an object's key may have `%2F` in it.
struct RequestTarget: Sendable {
    /// Decoded, without empty ones.
    let segments: [String]
    /// As it was sent.
    let rawPath: String
    private let query: [String: String]

    init(_ target: String) {
        let halves = target.pieces(at: "?", maxSplits: 1)
        rawPath = String(halves.first ?? "")
        segments = rawPath.pieces(at: "/").filter { !$0.isEmpty }.map { Self.decode($0, plusIsSpace: false) }
        var query: [String: String] = [:]
        for pair in (halves.count > 1 ? halves[1] : "").pieces(at: "&") where !pair.isEmpty {
            let sides = pair.pieces(at: "=", maxSplits: 1)
            query[Self.decode(sides[0], plusIsSpace: true)] = sides.count > 1 ? Self.decode(sides[1], plusIsSpace: true) : ""
        }
        self.query = query
    }

    /// A form in a body is written as a query is.
    init(form: String) { self.init("?" + form) }

    subscript(_ parameter: String) -> String? { query[parameter] }

    static func decode(_ text: Substring, plusIsSpace: Bool) -> String {
        var decoded: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%"), let value = hexadecimal(bytes.prefix(2)) {
                decoded.append(value)
                bytes = bytes.dropFirst(2)
            } else {
                decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt8? {
        guard digits.count == 2 else { return nil }
        return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
