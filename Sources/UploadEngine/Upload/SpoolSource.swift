import NIOCore
import NIOPosix
import Spool
import UploadCore

/// A spool file as it stood at its last close.
struct SpoolSource: ByteSource {
    /// Files up to this length are read at once on the calling thread: they were just written, so the page cache has them.
    private static let inlineLength = 64 << 10

    let file: SpoolFile
    /// What the file is like as long as it has the content that is uploaded.
    let content: Fingerprint
    /// Whether somebody had the file open for writing when the upload began, perhaps in such a way that changes are not told
    /// before they happen. Whoever opens it later stops the upload.
    let mayChange: Bool

    var length: Int64? { content.size }

    func read(at offset: Int64, length: Int) async throws -> ByteBuffer {
        if length <= Self.inlineLength { return try read(offset, length) }
        // A cold disk must not hold up a thread on which other uploads depend.
        return try await NIOThreadPool.singleton.runIfActive { try read(offset, length) }
    }

    private func read(_ offset: Int64, _ length: Int) throws -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: length)
        while buffer.readableBytes < length {
            let position = offset + Int64(buffer.readableBytes)
            let received = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length - buffer.readableBytes) { target in
                let room = UnsafeMutableRawBufferPointer(rebasing: target[..<min(target.count, length - (Int(position - offset)))])
                do {
                    return try file.read(at: position, into: room)
                } catch {
                    throw UploadError(.unreadable, "the spool file can not be read: \(error)")
                }
            }
            if received == 0 { break }
        }
        // A write sets the time before the first byte changes, so what was read under the old time is the old content.
        if mayChange, try file.fingerprint() != content {
            throw UploadError(.contentChanged, "the file is being changed")
        }
        return buffer
    }
}
