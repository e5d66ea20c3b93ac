import CLinux
import Glibc

/// What the kernel reports about a file, as stat(2) does.
public struct FileStatus: Sendable {
    public var device: UInt64
    public var inode: UInt64
    /// Type and permissions.
    public var mode: mode_t
    public var links: UInt64
    public var user: uid_t
    public var group: gid_t
    /// Length in bytes.
    public var size: Int64
    /// Space that it takes, in units of 512 bytes.
    public var blocks: Int64
    public var accessed: timespec
    public var modified: timespec
    public var changed: timespec

    public init(inode: UInt64, mode: mode_t, user: uid_t, group: gid_t, time: timespec) {
        device = 0
        self.inode = inode
        self.mode = mode
        links = 1
        self.user = user
        self.group = group
        size = 0
        blocks = 0
        accessed = time
        modified = time
        changed = time
    }

    init(_ raw: stat) {
        device = UInt64(raw.st_dev)
        inode = UInt64(raw.st_ino)
        mode = raw.st_mode
        links = UInt64(raw.st_nlink)
        user = raw.st_uid
        group = raw.st_gid
        size = Int64(raw.st_size)
        blocks = Int64(raw.st_blocks)
        accessed = raw.st_atim
        modified = raw.st_mtim
        changed = raw.st_ctim
    }

    /// Of a path in the working directory's terms; symbolic links are followed.
    public init(following path: String) throws(Errno) {
        var raw = stat()
        try Errno.check(stat(path, &raw))
        self.init(raw)
    }

    public var type: mode_t { mode & S_IFMT }
    public var isDirectory: Bool { type == S_IFDIR }
    public var isRegularFile: Bool { type == S_IFREG }
    public var isSymbolicLink: Bool { type == S_IFLNK }

    /// Time of the last modification, in nanoseconds since 1970, as `SystemTime.nanoseconds` gives it: all times before 1677 are the same
    /// number, and so are all after 2262.
    public var modifiedNanoseconds: Int64 { SystemTime.nanoseconds(modified) }
}
