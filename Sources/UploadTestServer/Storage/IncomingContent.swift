import NIOCore

/// A file that one request's body is written to. It goes away with this value unless a store has taken it.
final class IncomingContent {
    private let file: OpenFile
    private var checksum = RunningCRC32C()
    private var isTaken = false

    init(path: String) throws {
        file = try OpenFile.writing(path)
    }

    deinit {
        // A leftover is removed when the server starts next, so a failure here has no consequence.
        if !isTaken { try? Files.remove(file.path) }
    }

    func append(_ bytes: ByteBuffer) throws {
        try bytes.withUnsafeReadableBytes {
            try file.write($0, at: checksum.length)
            checksum.update($0)
        }
    }

    /// All that has come, once the body has ended.
    var content: Content { Content(path: file.path, size: checksum.length, crc32c: checksum.value) }

    /// The file has become an object.
    func wasTaken() { isTaken = true }
}
