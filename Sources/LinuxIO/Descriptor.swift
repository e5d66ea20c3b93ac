import CLinux
import Glibc

/// An open file descriptor with one owner, which closes it at the end of its life.
public struct Descriptor: ~Copyable, Sendable {
    public let rawValue: Int32

    /// Takes over a descriptor that is open.
    public init(owning rawValue: Int32) {
        self.rawValue = rawValue
    }

    deinit {
        close(rawValue)
    }

    /// Opens a path relative to the working directory.
    public static func open(_ path: BytePath, _ flags: Int32, mode: mode_t = 0) throws(Errno) -> Descriptor {
        try open(path, flags, mode: mode, at: AT_FDCWD)
    }

    /// Opens `path` relative to this directory. The last component is never followed if it is a symbolic link.
    public func open(_ path: BytePath, _ flags: Int32, mode: mode_t = 0) throws(Errno) -> Descriptor {
        try Self.open(path, flags | O_NOFOLLOW, mode: mode, at: rawValue)
    }

    private static func open(_ path: BytePath, _ flags: Int32, mode: mode_t, at directory: Int32) throws(Errno) -> Descriptor {
        let rawValue = try Errno.retrying { openat(directory, path.characters, flags | O_CLOEXEC, mode) }
        return Descriptor(owning: rawValue)
    }

    /// Opens the same file once more, with flags of its own, whatever has become of its name.
    public func reopened(_ flags: Int32) throws(Errno) -> Descriptor {
        try Self.open(BytePath("/proc/self/fd/\(rawValue)"), flags, mode: 0, at: AT_FDCWD)
    }

    public func attributes() throws(Errno) -> FileStatus {
        var raw = stat()
        try Errno.check(fstat(rawValue, &raw))
        return FileStatus(raw)
    }

    public func fileSystem() throws(Errno) -> statvfs {
        var result = statvfs()
        try Errno.retrying { fstatvfs(rawValue, &result) }
        return result
    }
}
