import Glibc

/// How the file system behaves and what it shows.
public struct FilesystemOptions: Sendable {
    /// What `findmnt` shows and the status page names: the destination's URL.
    public var source: String
    /// `close=upload`: close() returns when the object is committed, with its error if it is not.
    public var closeWaits = false
    /// `fsync=upload`: the same for fsync().
    public var fsyncWaits = false
    /// Shown as the owner of everything, instead of the real one.
    public var userShown: uid_t?
    public var groupShown: gid_t?
    /// Permission bits that nothing shows.
    public var umaskShown: mode_t?

    public init(source: String) {
        self.source = source
    }
}
