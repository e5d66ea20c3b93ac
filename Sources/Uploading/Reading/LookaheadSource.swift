import NIOConcurrencyHelpers
import NIOCore
import UploadCore

/// Data whose end is not known: looks one part ahead, and keeps what it saw until the server has it. So the data are asked for
/// once and in order, and no more than one part of them is in memory.
final class LookaheadSource: ByteSource {
    private struct Held {
        var offset: Int64 = 0
        var bytes = ByteBuffer()

        var end: Int64 { offset + Int64(bytes.readableBytes) }
    }

    private let source: any ByteSource
    private let held = NIOLockedValueBox(Held())

    init(_ source: any ByteSource) {
        self.source = source
    }

    var length: Int64? { nil }

    /// Reads the `length` bytes from `offset` on, and keeps them in place of what was kept before.
    /// - Returns: how many there are; fewer only where the data end.
    func lookAhead(at offset: Int64, length: Int) async throws -> Int {
        let bytes = try await read(at: offset, length: length)
        held.withLockedValue { $0 = Held(offset: offset, bytes: bytes) }
        return bytes.readableBytes
    }

    func read(at offset: Int64, length: Int) async throws -> ByteBuffer {
        let held = held.withLockedValue { $0 }
        guard offset >= held.offset, offset < held.end else { return try await source.read(at: offset, length: length) }
        let start = held.bytes.readerIndex + Int(offset - held.offset)
        let count = min(length, held.bytes.writerIndex - start)
        guard var bytes = held.bytes.getSlice(at: start, length: count) else { return ByteBuffer() }
        if count < length {
            var rest = try await source.read(at: held.end, length: length - count)
            bytes.writeBuffer(&rest)
        }
        return bytes
    }
}
