/// Tests of text by its UTF-8 bytes.
///
/// `split`, `hasPrefix` and their like go by grapheme cluster: "/\u{301}x" does not contain the character "/", because the combining
/// mark belongs to it. What the other side reads as bytes (names, paths, headers, signatures, queries) is taken apart with these.
extension StringProtocol {
    package func hasSameBytes(as other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }

    package func hasBytes(prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

    package func hasBytes(suffix: String) -> Bool { utf8.reversed().starts(with: suffix.utf8.reversed()) }

    /// - Parameter byte: an ASCII character.
    package func contains(byte: Unicode.Scalar) -> Bool { unicodeScalars.contains(byte) }

    /// The pieces between separators, empty ones included.
    /// - Parameter separator: an ASCII character.
    package func pieces(at separator: Unicode.Scalar, maxSplits: Int = .max) -> [String] {
        String(self).unicodeScalars.split(separator: separator, maxSplits: maxSplits, omittingEmptySubsequences: false).map { String($0) }
    }

    /// The text without the first so many bytes, which have to end with a whole scalar.
    package func dropping(bytes count: Int) -> String { String(decoding: utf8.dropFirst(count), as: UTF8.self) }

    /// The text without this ASCII character at its ends.
    package func trimmed(_ scalar: Unicode.Scalar) -> String {
        var scalars = Substring(self).unicodeScalars[...]
        while scalars.first == scalar { scalars.removeFirst() }
        while scalars.last == scalar { scalars.removeLast() }
        return String(scalars)
    }
}
