/// Questions about text that the services answer by its UTF-8 bytes. Swift's own comparison takes `é` of one scalar for `é` of two,
/// and its `split` does not see a slash that a combining mark follows.
extension StringProtocol {
    func hasSameBytes(as other: some StringProtocol) -> Bool { utf8.elementsEqual(other.utf8) }

    func hasBytes(prefix: String) -> Bool { utf8.starts(with: prefix.utf8) }

    /// The pieces between separators, empty ones included.
    func pieces(at separator: Unicode.Scalar, maxSplits: Int = .max) -> [Substring] {
        Substring(self).unicodeScalars.split(separator: separator, maxSplits: maxSplits, omittingEmptySubsequences: false).map { Substring($0) }
    }
}

/// A name as a key of dictionaries and sets.
struct NameBytes: Hashable, Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: NameBytes, right: NameBytes) -> Bool { left.text.hasSameBytes(as: right.text) }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}
