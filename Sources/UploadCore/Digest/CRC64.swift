import CChecksums

/// A CRC-64/XZ over the bytes that it is fed in order.
public struct CRC64: Sendable, Hashable {
    public private(set) var value: UInt64 = 0

    public init() {}

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        value = crc64_update(value, bytes.baseAddress, bytes.count)
    }

    public var digest: ContentDigest {
        ContentDigest(algorithm: .crc64, bytes: withUnsafeBytes(of: value.bigEndian) { Array($0) })
    }
}
