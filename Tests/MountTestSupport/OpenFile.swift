import Foundation
import LinuxIO

/// A file that the test has open for reading and writing.
public final class OpenFile {
    private var descriptor: Int32

    public init(_ path: String) throws {
        descriptor = open(path, O_RDWR | O_CLOEXEC)
        if descriptor < 0 { throw Errno.current }
    }

    deinit {
        if descriptor >= 0 { Glibc.close(descriptor) }
    }

    public func write(_ text: String, at offset: Int) throws {
        let bytes = Array(text.utf8)
        guard pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count else { throw Errno.current }
    }

    public func close() throws {
        let closed = descriptor
        descriptor = -1
        if Glibc.close(closed) != 0 { throw Errno.current }
    }
}
