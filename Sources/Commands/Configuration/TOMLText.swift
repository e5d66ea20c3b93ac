import TOMLKit

/// Reads TOML through TOMLKit, whose parser (toml++) ends the process at an assertion where a header of a section begins with a
/// character that no key has, as in `[,]`. Such a header is found here first.
enum TOMLText {
    /// - Throws: `Malformed`, or what TOMLKit throws.
    static func table(_ text: String) throws -> TOMLTable {
        var scanner = HeaderScanner(text)
        if let line = scanner.lineOfMalformedHeader() { throw Malformed(line: line) }
        return try TOMLTable(string: text)
    }

    struct Malformed: Error {
        /// Counted from 1.
        let line: Int
    }
}

/// Goes through a document as far as it takes to tell headers from brackets in strings and arrays.
private struct HeaderScanner {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    /// Of arrays and inline tables.
    private var depth = 0
    private var isAtStart = true

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    mutating func lineOfMalformedHeader() -> Int? {
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\n"):
                line += 1
                isAtStart = true
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
                break
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                if byte == UInt8(ascii: "["), depth == 0, isAtStart {
                    if !headerBeginsWithKey() { return line }
                } else {
                    depth += 1
                }
                isAtStart = false
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth = max(0, depth - 1)
            case UInt8(ascii: "#"):
                while position + 1 < bytes.count, bytes[position + 1] != UInt8(ascii: "\n") { position += 1 }
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                skipString(byte)
                isAtStart = false
            default:
                isAtStart = false
            }
            position += 1
        }
        return nil
    }

    /// Moves to the last bracket that opens the header.
    private mutating func headerBeginsWithKey() -> Bool {
        var next = afterBlanks(position + 1)
        if next < bytes.count, bytes[next] == UInt8(ascii: "[") {
            position = next
            next = afterBlanks(next + 1)
        }
        guard next < bytes.count else { return true }
        switch bytes[next] {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "\""), UInt8(ascii: "'"):
            return true
        // Without a key at all, which the parser reports.
        case UInt8(ascii: "]"): return true
        default: return false
        }
    }

    private func afterBlanks(_ start: Int) -> Int {
        var next = start
        while next < bytes.count, bytes[next] == UInt8(ascii: " ") || bytes[next] == UInt8(ascii: "\t") { next += 1 }
        return next
    }

    /// Moves to the quote that ends the string, or to the end of what a string can be.
    private mutating func skipString(_ quote: UInt8) {
        let isLong = bytes[position...].prefix(3).elementsEqual([quote, quote, quote])
        position += isLong ? 3 : 1
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\\") where quote == UInt8(ascii: "\""):
                position += 1
                if position < bytes.count, bytes[position] == UInt8(ascii: "\n") { line += 1 }
            case UInt8(ascii: "\n"):
                // The parser reports a short string that does not end on its line.
                if !isLong {
                    position -= 1
                    return
                }
                line += 1
            case quote where !isLong: return
            case quote where bytes[position...].prefix(3).elementsEqual([quote, quote, quote]):
                position += 2
                // Up to two more quotes belong to the string.
                while position + 1 < bytes.count, bytes[position + 1] == quote { position += 1 }
                return
            default: break
            }
            position += 1
        }
    }
}
