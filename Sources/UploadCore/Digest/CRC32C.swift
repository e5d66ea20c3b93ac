import CChecksums

/// A CRC-32C (Castagnoli) over the bytes that it is fed in order. Its whole state is `value`, so that a checkpoint can keep it.
public struct CRC32C: Sendable, Hashable, Codable {
    public private(set) var value: UInt32

    /// Goes on from the `value` of an earlier run; 0 begins a new one.
    public init(value: UInt32 = 0) {
        self.value = value
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        value = crc32c_update(value, bytes.baseAddress, bytes.count)
    }

    /// The digest as Cloud Storage writes it: the four bytes of the value, big end first.
    public var digest: ContentDigest {
        ContentDigest(algorithm: .crc32c, bytes: withUnsafeBytes(of: value.bigEndian) { Array($0) })
    }
}
