/// The Content-Range of a request to a session URI.
enum ReceivedRange: Equatable {
    /// No such header: the body is all that is missing.
    case remainder
    /// `bytes */*`: how much is there?
    case question
    /// `bytes */T`: the object ends at T.
    case total(Int64)
    /// `bytes A-B/T`, `bytes A-B/*`, and with `*` for B when the body's length tells.
    case bytes(first: Int64, last: Int64?, total: Int64?)

    init(_ header: String?) throws {
        guard let header else {
            self = .remainder
            return
        }
        guard let range = Self.parse(header) else { throw GoogleError.badRequest("Failed to parse Content-Range header: \(header)") }
        self = range
    }

    private static func parse(_ header: String) -> ReceivedRange? {
        let words = header.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
        let sides = words[1].pieces(at: "/")
        guard sides.count == 2, let total = number(sides[1]) else { return nil }
        if sides[0] == "*" { return total.map { .total($0) } ?? .question }
        let ends = sides[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = number(ends[0]) ?? nil, let last = number(ends[1]) else { return nil }
        // Google's Python client ends a stream of unknown length in this way where it is a whole number of chunks.
        if let total, first > 0, first == total, last == total - 1 { return .total(total) }
        if let last, last < first || last >= total ?? .max { return nil }
        return .bytes(first: first, last: last, total: total)
    }

    /// A number, `.some(nil)` for `*`, nil for anything else.
    private static func number(_ text: Substring) -> Int64?? {
        if text == "*" { return .some(nil) }
        guard let number = Int64(text), (0...Exchange.lengthMax).contains(number) else { return nil }
        return number
    }
}
