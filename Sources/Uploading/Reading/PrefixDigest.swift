import NIOCore
import UploadCore

/// The digest of an object's first bytes.
package struct PrefixDigest: Sendable {
    private(set) var length: Int64 = 0
    private(set) var running: RunningDigest

    package init(_ algorithm: DigestAlgorithm) {
        running = RunningDigest(algorithm)
    }

    /// Goes on from a checkpoint, where the algorithm allows it.
    init(_ algorithm: DigestAlgorithm, resuming checkpoint: UploadCheckpoint) {
        self.init(algorithm)
        guard algorithm == .crc32c, checkpoint.session?.partSize == nil else { return }
        running = RunningDigest(resuming: checkpoint.confirmedDigest)
        length = checkpoint.confirmed
    }

    package var digest: ContentDigest { running.digest }

    /// The digest of the first `end` bytes: continues from here where possible, or else starts again.
    package func reaching(_ end: Int64, reading reader: ChunkReader) async throws -> PrefixDigest {
        var digest = end >= length ? self : PrefixDigest(running.algorithm)
        try await reader.forEachChunk(of: digest.length..<end) { digest.append($0) }
        return digest
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        running.update(bytes)
        length += Int64(bytes.count)
    }
}
