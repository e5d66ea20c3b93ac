import Glibc
import NIOCore

/// A file of the server's directory, open until the last reference goes.
final class OpenFile: Sendable {
    let path: String
    private let descriptor: CInt

    private init(path: String, flags: CInt) throws {
        self.path = path
        self.descriptor = open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("open", path) }
    }

    deinit { close(descriptor) }

    static func reading(_ path: String) throws -> OpenFile {
        try OpenFile(path: path, flags: O_RDONLY)
    }

    /// Opens the file for writing, and makes it when it is not there. What it holds stays.
    static func writing(_ path: String) throws -> OpenFile {
        try OpenFile(path: path, flags: O_RDWR | O_CREAT)
    }

    func size() throws -> Int64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("fstat", path) }
        return Int64(status.st_size)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws {
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset) + off_t(done))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileError("pwrite", path) }
            done += count
        }
    }

    /// Writes the first `length` bytes of another file, which the kernel copies.
    func append(_ source: OpenFile, length: Int64, at offset: Int64) throws {
        guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else { throw FileError("lseek", path) }
        var start: off_t = 0
        while start < length {
            let count = sendfile(descriptor, source.descriptor, &start, Int(clamping: length - Int64(start)))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileError("sendfile", path) }
        }
    }

    /// Reads up to `count` bytes. An empty buffer means the end of the file.
    func read(at offset: Int64, count: Int) throws -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        while true {
            let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
                max(0, pread(descriptor, space.baseAddress, count, off_t(offset)))
            }
            if got > 0 { return buffer }
            if try offset >= size() { return buffer }
            guard errno == EINTR else { throw FileError("pread", path) }
        }
    }
}
