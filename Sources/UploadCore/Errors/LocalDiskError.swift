/// An error of the local disk, in whatever the queue keeps there. A program that changes a file gets its number, so that a full disk
/// is ENOSPC to it and an exceeded quota EDQUOT.
public protocol LocalDiskError: Error {
    /// That of the system call, such as `ENOSPC`.
    var errno: Int32 { get }
}
