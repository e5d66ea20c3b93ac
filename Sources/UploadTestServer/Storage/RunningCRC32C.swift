import CChecksums
import Foundation

/// The CRC-32C of a file that grows, which can be taken back to the last multiple of 256 KiB.
///
/// A service keeps whole blocks of what it received before a connection broke. The value at the last block's end is
/// remembered, so that nothing has to be read again to go on from there.
struct RunningCRC32C: Sendable, Codable {
    static let blockSize: Int64 = 262_144

    private(set) var length: Int64 = 0
    private(set) var value: UInt32 = 0
    private var blockEnd: Int64 = 0
    private var valueAtBlockEnd: UInt32 = 0

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let toBlockEnd = Int(Self.blockSize - length % Self.blockSize)
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(toBlockEnd))
            value = crc32c_update(value, piece.baseAddress, piece.count)
            length += Int64(piece.count)
            if piece.count == toBlockEnd {
                blockEnd = length
                valueAtBlockEnd = value
            }
            rest = rest.dropFirst(piece.count)
        }
    }

    /// Makes the present end one that can be gone back to, wherever it lies.
    mutating func keep() {
        blockEnd = length
        valueAtBlockEnd = value
    }

    /// Forgets what came after the last whole block, or after the last `keep()` if that was later.
    mutating func dropUnfinishedBlock() {
        length = blockEnd
        value = valueAtBlockEnd
    }

    /// Four bytes, big end first, in base64: as Google writes it.
    static func base64(_ value: UInt32) -> String {
        withUnsafeBytes(of: value.bigEndian) { Data($0) }.base64EncodedString()
    }
}
