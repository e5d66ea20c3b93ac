/// Text that is compared, hashed and ordered by its UTF-8 bytes, as services and file systems compare names.
///
/// Swift's `String` compares by canonical equivalence instead: an `é` of one scalar equals an `é` of two, though they name two
/// files on Linux and two objects at a service. A name that two parties have to agree on is therefore a type that conforms to this
/// protocol, and never a `String`. It is encoded as a plain string.
public protocol ByteText: Hashable, Comparable, Codable, Sendable, CustomStringConvertible {
    var text: String { get }

    init(_ text: String)
}

extension ByteText {
    public static func == (left: Self, right: Self) -> Bool { left.text.hasSameBytes(as: right.text) }

    public static func < (left: Self, right: Self) -> Bool { left.text.utf8.lexicographicallyPrecedes(right.text.utf8) }

    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        // So that two names in a row do not hash like two others with the same bytes altogether. UTF-8 has no such byte.
        hasher.combine(UInt8.max)
    }

    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public var description: String { text }
}
