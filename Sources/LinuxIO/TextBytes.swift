/// Paths, lines and tables of the system as bytes. Swift takes a slash, blank or line end with a combining mark behind it for another
/// character, and two texts for equal that a file system tells apart.
extension StringProtocol {
    /// The pieces between bytes; a separator is never part of another character in UTF-8.
    public func split(atByte separator: UInt8, maxSplits: Int = .max, omittingEmpty: Bool = true) -> [String] {
        utf8.split(separator: separator, maxSplits: maxSplits, omittingEmptySubsequences: omittingEmpty).map { String(decoding: $0, as: UTF8.self) }
    }

    public func startsWithBytes(of prefix: some StringProtocol) -> Bool {
        utf8.starts(with: prefix.utf8)
    }

    public func hasSameBytes(as other: some StringProtocol) -> Bool {
        utf8.elementsEqual(other.utf8)
    }
}
