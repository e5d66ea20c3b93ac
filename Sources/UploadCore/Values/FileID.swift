/// Identifies a spool file for as long as it exists: its inode number on the spool's file system, which a rename keeps.
public struct FileID: Hashable, Sendable {
    public let inode: UInt64

    public init(inode: UInt64) {
        self.inode = inode
    }
}

/// What shows, without reading a file, whether its content is still that of an earlier moment.
public struct Fingerprint: Hashable, Sendable {
    /// Length in bytes.
    public let size: Int64
    /// Time of the last modification, in nanoseconds since 1970.
    public let modified: Int64

    public init(size: Int64, modified: Int64) {
        self.size = size
        self.modified = modified
    }
}
