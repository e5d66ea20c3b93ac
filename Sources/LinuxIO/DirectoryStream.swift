import Glibc

/// The entries of an open directory, in the order of the file system.
public struct DirectoryStream: ~Copyable {
    private let stream: OpaquePointer

    /// One name in a directory.
    public struct Entry {
        public let name: [UInt8]
        /// 0 when the file system does not tell, else one of `DT_DIR`, `DT_REG` and so on.
        public let type: UInt8
        public let inode: UInt64
        /// Where the next entry is, for `seek`.
        public let nextOffset: Int64

        public var isDotOrDotDot: Bool {
            name == [UInt8(ascii: ".")] || name == [UInt8(ascii: "."), UInt8(ascii: ".")]
        }
    }

    /// Opens `path`, a directory below `directory`.
    public init(_ path: BytePath, in directory: borrowing Descriptor) throws(Errno) {
        let rawValue = openat(directory.rawValue, path.characters, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        try Errno.check(rawValue)
        guard let stream = fdopendir(rawValue) else {
            let failure = Errno.current
            close(rawValue)
            throw failure
        }
        self.stream = stream
    }

    deinit {
        closedir(stream)
    }

    /// nil after the last entry.
    public mutating func next() throws(Errno) -> Entry? {
        errno = 0
        guard let entry = readdir(stream) else {
            if errno != 0 { throw .current }
            return nil
        }
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            let start = UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self)
            return Array(UnsafeRawBufferPointer(start: start, count: strlen(start)))
        }
        return Entry(
            name: name, type: entry.pointee.d_type, inode: UInt64(entry.pointee.d_ino), nextOffset: Int64(entry.pointee.d_off))
    }

    /// Goes to an offset that came with an entry; 0 is the start.
    public mutating func seek(to offset: Int64) {
        if offset == 0 { rewinddir(stream) } else { seekdir(stream, Int(offset)) }
    }

    public func attributes() throws(Errno) -> FileStatus {
        var raw = stat()
        try Errno.check(fstat(dirfd(stream), &raw))
        return FileStatus(raw)
    }

    /// Opens the directory once more, whatever has become of its name.
    public func reopened() throws(Errno) -> Descriptor {
        try Descriptor.open(BytePath("/proc/self/fd/\(dirfd(stream))"), O_RDONLY | O_DIRECTORY)
    }

    /// Another descriptor of the open directory, which can be used while entries are read from this one.
    public func duplicated() throws(Errno) -> Descriptor {
        Descriptor(owning: try Errno.check(fcntl(dirfd(stream), F_DUPFD_CLOEXEC, 0)))
    }

    /// Makes the directory's entries durable.
    public func synchronize() throws(Errno) {
        try Errno.retrying { fsync(dirfd(stream)) }
    }
}
