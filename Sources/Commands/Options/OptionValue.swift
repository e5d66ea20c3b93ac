import UploadCore

/// Turns the text of an option's value into what it means, or says what is wrong with it.
///
/// Each function's error is the end of a sentence that begins with the option's name.
enum OptionValue {
    struct Problem: Error, Equatable {
        let text: String

        init(_ text: String) {
            self.text = text
        }
    }

    static func wholeNumber(_ text: String, in range: ClosedRange<Int>) throws(Problem) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw Problem("must be a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text.printable)'")
        }
        return number
    }

    /// A number of seconds, with a fraction if need be.
    static func seconds(_ text: String, max: Double) throws(Problem) -> Duration {
        let looksDecimal = text.allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard looksDecimal, let seconds = Double(text), (0...max).contains(seconds) else {
            throw Problem("must be a number of seconds from 0 to \(Int(max)), not '\(text.printable)'")
        }
        return .milliseconds(Int64((seconds * 1000).rounded()))
    }

    static func choice<T>(_ text: String, _ choices: KeyValuePairs<String, T>) throws(Problem) -> T {
        for (name, value) in choices where name == text { return value }
        throw Problem("must be \(choices.map(\.key).joined(separator: " or ")), not '\(text.printable)'")
    }

    /// A path as given, made absolute: the mount's process leaves the directory in which it was started.
    static func path(_ text: String) throws(Problem) -> String {
        guard !text.isEmpty else { throw Problem("needs a path") }
        return Path.absolute(text)
    }

    /// An octal number, as chmod(1) takes it.
    static func mode(_ text: String) throws(Problem) -> UInt32 {
        guard let mode = UInt32(text, radix: 8), mode <= 0o777 else {
            throw Problem("must be an octal number up to 777, not '\(text.printable)'")
        }
        return mode
    }

    static func accountNumber(_ text: String) throws(Problem) -> UInt32 {
        // The largest number means "leave as it is" to chown(2).
        guard let number = UInt32(text), number != .max else {
            throw Problem("must be a numeric id, as printed by id(1), not '\(text.printable)'")
        }
        return number
    }

    static func size(_ text: String) throws(Problem) -> Int64 {
        guard let size = ByteSize.parse(text), size > 0 else {
            throw Problem("must be a size such as 8M, not '\(text.printable)'")
        }
        return size
    }

    /// `NAME:VALUE`. The error does not repeat the value, which may be a secret.
    static func header(_ text: String) throws(Problem) -> MountSettings.Header {
        let parts = text.pieces(at: ":", maxSplits: 1)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].allSatisfy(isTokenCharacter) else {
            throw Problem("must be NAME:VALUE, where NAME is a valid header name")
        }
        let name = String(parts[0])
        guard !headersOfOurs.contains(name.lowercased()) else { throw Problem("cannot set \(name), which uploadfs sets itself") }
        let value = String(parts[1].unicodeScalars.drop { $0 == " " })
        guard value.unicodeScalars.allSatisfy({ (0x20..<0x7f).contains($0.value) || $0 == "\t" }) else {
            throw Problem("has a value for \(name) with a character that is not allowed in a header")
        }
        return MountSettings.Header(name: name, value: value)
    }

    /// Headers that frame a request: a second one would break it, or let it be read in two ways.
    private static let headersOfOurs: Set<String> = [
        "connection", "content-length", "content-range", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    /// RFC 9110, section 5.6.2: the characters of a token.
    private static func isTokenCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "!#$%&'*+-.^_`|~".contains(character))
    }
}
