import GRDB
import Glibc
import UploadCore

extension JournalError: LocalDiskError {}

extension DatabaseError: LocalDiskError {
    /// SQLite tells no error numbers of the system, but whether the disk was full.
    public var errno: Int32 {
        resultCode == .SQLITE_FULL ? ENOSPC : EIO
    }
}
