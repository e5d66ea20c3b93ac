import Glibc

/// A shell pattern for file names, as `hold` takes them: `*`, `?` and `[…]`, matched by the C library's fnmatch(3).
public struct NamePattern: Sendable, Hashable {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    /// Whether the pattern matches the whole of `name` (a name, not a path).
    public func matches(_ name: [UInt8]) -> Bool {
        let terminated = name.map(CChar.init(bitPattern:)) + [0]
        return fnmatch(text, terminated, 0) == 0
    }
}
