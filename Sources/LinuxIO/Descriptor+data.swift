import CLinux
import Glibc

/// What is done with the bytes of an open file.
extension Descriptor {
    /// Reads until `buffer` is full or the file ends, and returns the number of bytes.
    public func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            guard let position = Self.position(offset, filled) else { break }
            let count = try Errno.retrying { pread(rawValue, rest.baseAddress, rest.count, position) }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// The offset `length` bytes behind `offset`; nil where no file can have a byte.
    private static func position(_ offset: Int64, _ length: Int) -> off_t? {
        let (position, overflow) = offset.addingReportingOverflow(Int64(length))
        return overflow ? nil : off_t(position)
    }

    /// Reads what the page cache has of the bytes from `offset` on, without waiting for the disk, and returns the number of bytes:
    /// fewer than fit into `buffer` where the rest is not there.
    public func readCached(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int {
        do {
            return try Errno.retrying { clinux_read_cached(rawValue, buffer.baseAddress, buffer.count, off_t(offset)) }
        } catch  where [EAGAIN, EOPNOTSUPP].contains(error.code) {
            return 0
        }
    }

    /// Has the kernel read the bytes from `offset` on into the page cache, beside what the program does.
    public func prefetch(at offset: Int64, length: Int) {
        posix_fadvise(rawValue, off_t(offset), off_t(length), POSIX_FADV_WILLNEED)
    }

    /// Writes all of `bytes`; fewer only when the disk takes no more, which the next write reports.
    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(Errno) -> Int {
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            guard let position = Self.position(offset, written) else { throw Errno(EFBIG) }
            let count = pwrite(rawValue, rest.baseAddress, rest.count, position)
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                if written > 0 { break }
                throw .current
            }
        }
        return written
    }

    public func truncate(to size: Int64) throws(Errno) {
        try Errno.retrying { ftruncate(rawValue, off_t(size)) }
    }

    /// - Parameter mode: the flags of fallocate(2).
    public func allocate(mode: Int32, offset: Int64, length: Int64) throws(Errno) {
        try Errno.retrying { clinux_fallocate(rawValue, mode, off_t(offset), off_t(length)) }
    }

    public func seek(_ offset: Int64, _ whence: Int32) throws(Errno) -> Int64 {
        Int64(try Errno.check(lseek(rawValue, off_t(offset), whence)))
    }

    /// Copies inside the kernel, and returns how many bytes it did.
    public func copyRange(
        at offset: Int64, to target: borrowing Descriptor, at targetOffset: Int64, length: Int
    ) throws(Errno) -> Int {
        let targetRaw = target.rawValue
        return try Errno.retrying { clinux_copy_file_range(rawValue, off_t(offset), targetRaw, off_t(targetOffset), length) }
    }

    /// Makes the content durable; with `metadata` the times and modes as well.
    public func synchronize(metadata: Bool) throws(Errno) {
        try Errno.retrying { metadata ? fsync(rawValue) : fdatasync(rawValue) }
    }
}
