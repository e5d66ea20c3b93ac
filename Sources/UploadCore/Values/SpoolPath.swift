/// The path of a file relative to the mount's root, as the bytes that the kernel passed.
///
/// A name on Linux is any sequence of bytes but `/` and NUL, so a path is not a `String`: whoever needs text (an object's
/// key, a log line) converts it and decides what to do with bytes that are no UTF-8. The root is the empty path.
public struct SpoolPath: Hashable, Sendable {
    public let bytes: [UInt8]

    public static let root = SpoolPath(bytes: [])

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    public init(_ text: String) {
        bytes = Array(text.utf8)
    }

    public var isRoot: Bool { bytes.isEmpty }

    public func appending(_ name: [UInt8]) -> SpoolPath {
        isRoot ? SpoolPath(bytes: name) : SpoolPath(bytes: bytes + [UInt8(ascii: "/")] + name)
    }

    public func appending(_ name: String) -> SpoolPath {
        appending(Array(name.utf8))
    }

    /// The last component; empty for the root.
    public var name: [UInt8] {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return bytes }
        return Array(bytes[(slash + 1)...])
    }

    public var parent: SpoolPath {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return .root }
        return SpoolPath(bytes: Array(bytes[..<slash]))
    }

    /// The path as text, or nil where its bytes are not valid UTF-8.
    public var text: String? {
        String(validating: bytes, as: UTF8.self)
    }

    /// Whether `other` is this directory or lies below it.
    public func contains(_ other: SpoolPath) -> Bool {
        if isRoot || other == self { return true }
        return other.bytes.count > bytes.count && other.bytes[bytes.count] == UInt8(ascii: "/") && other.bytes.starts(with: bytes)
    }

    /// This path as it reads after the directory `source` has become `target`; nil where it does not lie in `source`.
    public func moved(from source: SpoolPath, to target: SpoolPath) -> SpoolPath? {
        guard source.contains(self) else { return nil }
        return SpoolPath(bytes: target.bytes + bytes[source.bytes.count...])
    }
}

extension SpoolPath: CustomStringConvertible {
    /// For people: bytes that are no UTF-8 are shown as U+FFFD.
    public var description: String {
        String(decoding: bytes, as: UTF8.self)
    }
}
