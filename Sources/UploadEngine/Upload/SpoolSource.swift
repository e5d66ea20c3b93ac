import NIOCore
import NIOPosix
import Spool
import UploadCore

/// A spool file as it stood at its last close.
struct SpoolSource: ByteSource {
    /// So far ahead is read where the page cache has not got the file, in bytes: the disk works while former chunks are sent.
    private static let prefetchLength = 8 << 20

    let file: SpoolFile
    /// What the file is like as long as it has the content that is uploaded.
    let content: Fingerprint
    /// Whether someone had the file open for writing when the upload began, perhaps in such a way that changes are not reported
    /// before they happen. Whoever opens it later stops the upload.
    let mayChange: Bool
    private let buffers = BufferRing()

    init(file: SpoolFile, content: Fingerprint, mayChange: Bool) {
        self.file = file
        self.content = content
        self.mayChange = mayChange
    }

    var length: Int64? { content.size }

    func read(at offset: Int64, length: Int) async throws -> ByteBuffer {
        // What was written lately is in the page cache, and taken from there on the calling thread.
        let cached = try chunk(at: offset, length, file.readCached)
        if cached.readableBytes == length { return cached }
        // A cold disk must not hold up a thread on which other uploads depend.
        return try await NIOThreadPool.singleton.runIfActive {
            file.prefetch(at: offset, length: Self.prefetchLength)
            return try chunk(at: offset, length, file.read)
        }
    }

    private func chunk(
        at offset: Int64, _ length: Int, _ read: (Int64, UnsafeMutableRawBufferPointer) throws -> Int
    ) throws -> ByteBuffer {
        var buffer = buffers.take(capacity: length)
        try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { room in
            do {
                return try read(offset, UnsafeMutableRawBufferPointer(rebasing: room[..<length]))
            } catch {
                throw UploadError(.unreadable, "the spool file cannot be read: \(error)")
            }
        }
        // A write sets the time before the first byte changes, so what was read under the old time is the old content.
        if mayChange, try file.fingerprint() != content {
            throw UploadError(.contentChanged, "the file is being changed")
        }
        buffers.giveBack(buffer)
        return buffer
    }
}
