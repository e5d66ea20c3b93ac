import NIOConcurrencyHelpers
import NIOCore
import UploadCore

/// Produces the body of one part, and the digest of what it produced.
final class PartReader: Sendable {
    private let reader: ChunkReader
    private let part: Part
    /// Nil where the digest is known already, so that the bytes need not be hashed twice.
    private let digest: NIOLockedValueBox<PrefixDigest?>
    private let position: NIOLockedValueBox<Int64>

    init(_ part: Part, reading reader: ChunkReader, digestBefore: PrefixDigest?) {
        self.part = part
        self.reader = reader
        digest = NIOLockedValueBox(digestBefore)
        position = NIOLockedValueBox(part.offset)
    }

    var body: PartBody {
        PartBody(length: part.length) { try await self.next() }
    }

    /// The digest up to the end of the part; nil unless all of it was produced.
    var digestAfter: PrefixDigest? {
        digest.withLockedValue { $0?.length == part.end ? $0 : nil }
    }

    private func next() async throws -> ByteBuffer? {
        let offset = position.withLockedValue { $0 }
        guard offset < part.end else { return nil }
        let chunk = try await reader.chunk(at: offset, length: Int(min(Int64(ChunkReader.chunkLength), part.end - offset)))
        position.withLockedValue { $0 = offset + Int64(chunk.readableBytes) }
        digest.withLockedValue { digest in chunk.withUnsafeReadableBytes { digest?.append($0) } }
        reader.ticket.sent(chunk.readableBytes)
        return chunk
    }
}
