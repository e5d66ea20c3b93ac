/// Reads the XML that object services send: elements and text, without document types and so without entities of their own.
///
/// Foundation's parser and the libraries over it bring libxml2 and ICU into the program as shared libraries; for documents of a
/// few known elements that is too much.
struct XMLReader {
    /// The document is malformed, or has what no response of a service has.
    struct Malformed: Error {}

    /// Deeper than any response, and far from the end of the stack.
    private static let depthMax = 32

    private let bytes: [UInt8]
    private var position = 0

    /// The root of the document.
    static func read(_ bytes: some Sequence<UInt8>) throws(Malformed) -> XMLElement {
        var reader = XMLReader(bytes: Array(bytes))
        try reader.skipMisc()
        let root = try reader.element(depth: 0)
        try reader.skipMisc()
        guard reader.position == reader.bytes.count else { throw Malformed() }
        return root
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
        // A byte order mark may stand in front of UTF-8.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    // MARK: Elements

    private mutating func element(depth: Int) throws(Malformed) -> XMLElement {
        guard depth < Self.depthMax, take("<") else { throw Malformed() }
        let name = try self.name()
        var element = XMLElement(String(name.split(separator: ":").last ?? ""))
        guard try isOpen() else { return element }
        while true {
            if take("</") {
                guard try self.name() == name else { throw Malformed() }
                skipSpace()
                guard take(">") else { throw Malformed() }
                return element
            }
            if take("<!--") {
                try skip(past: "-->")
            } else if take("<![CDATA[") {
                element.text += try upTo("]]>")
            } else if take("<?") {
                try skip(past: "?>")
            } else if peek("<") {
                element.children.append(try self.element(depth: depth + 1))
            } else {
                element.text += try text()
            }
        }
    }

    private mutating func name() throws(Malformed) -> String {
        let start = position
        while position < bytes.count, !Self.endsName.contains(bytes[position]) { position += 1 }
        guard position > start else { throw Malformed() }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private static let endsName = Set(" \t\r\n<>/=\"'&".utf8)

    /// Goes past the attributes, which no response needs.
    /// - Returns: whether content follows; false for `<name/>`.
    private mutating func isOpen() throws(Malformed) -> Bool {
        while true {
            skipSpace()
            if take("/>") { return false }
            if take(">") { return true }
            _ = try name()
            skipSpace()
            guard take("=") else { throw Malformed() }
            skipSpace()
            if take("\"") {
                try skip(past: "\"")
            } else if take("'") {
                try skip(past: "'")
            } else {
                throw Malformed()
            }
        }
    }

    // MARK: Text

    private mutating func text() throws(Malformed) -> String {
        var decoded: [UInt8] = []
        while position < bytes.count, bytes[position] != UInt8(ascii: "<") {
            if bytes[position] == UInt8(ascii: "&") {
                decoded += try reference().utf8
            } else {
                decoded.append(bytes[position])
                position += 1
            }
        }
        guard position < bytes.count else { throw Malformed() }
        return String(decoding: decoded, as: UTF8.self)
    }

    private mutating func reference() throws(Malformed) -> String {
        position += 1
        let name = try upTo(";")
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default: break
        }
        let number =
            name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
        guard let scalar = number.flatMap(Unicode.Scalar.init) else { throw Malformed() }
        return String(Character(scalar))
    }

    // MARK: Steps

    /// White space, comments and processing instructions around the root. A document type ends the reading.
    private mutating func skipMisc() throws(Malformed) {
        while true {
            skipSpace()
            if take("<?") {
                try skip(past: "?>")
            } else if take("<!--") {
                try skip(past: "-->")
            } else {
                return
            }
        }
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private func peek(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes[position...].starts(with: $0) }
    }

    private mutating func take(_ text: StaticString) -> Bool {
        guard peek(text) else { return false }
        position += text.utf8CodeUnitCount
        return true
    }

    private mutating func skip(past text: StaticString) throws(Malformed) {
        _ = try upTo(text)
    }

    /// The text up to a mark, which is gone past.
    private mutating func upTo(_ mark: StaticString) throws(Malformed) -> String {
        let start = position
        while position < bytes.count {
            if peek(mark) {
                defer { position += mark.utf8CodeUnitCount }
                return String(decoding: bytes[start..<position], as: UTF8.self)
            }
            position += 1
        }
        throw Malformed()
    }
}
