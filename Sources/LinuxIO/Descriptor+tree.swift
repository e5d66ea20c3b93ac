import CLinux
import Glibc

/// Calls on paths relative to an open directory. None follows a symbolic link in the last component.
extension Descriptor {
    public func attributes(of path: BytePath) throws(Errno) -> FileStatus {
        var raw = stat()
        try Errno.check(fstatat(rawValue, path.characters, &raw, AT_SYMLINK_NOFOLLOW))
        return FileStatus(raw)
    }

    /// Whether the process may read, write or execute it, as access(2) says, but for its effective user.
    public func checkAccess(to path: BytePath, _ mask: Int32) throws(Errno) {
        try Errno.check(faccessat(rawValue, path.characters, mask, AT_EACCESS))
    }

    public func makeDirectory(_ path: BytePath, mode: mode_t) throws(Errno) {
        try Errno.check(mkdirat(rawValue, path.characters, mode))
    }

    public func makeSymbolicLink(_ path: BytePath, to target: BytePath) throws(Errno) {
        try Errno.check(symlinkat(target.characters, rawValue, path.characters))
    }

    /// Where a symbolic link points to.
    public func symbolicLinkTarget(of path: BytePath) throws(Errno) -> [UInt8] {
        var failure: Errno?
        let target = [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
            let length = buffer.withMemoryRebound(to: CChar.self) { characters in
                characters.baseAddress.map { readlinkat(rawValue, path.characters, $0, characters.count) } ?? 0
            }
            if length < 0 { failure = .current }
            count = max(length, 0)
        }
        if let failure { throw failure }
        return target
    }

    public func removeFile(_ path: BytePath) throws(Errno) {
        try Errno.check(unlinkat(rawValue, path.characters, 0))
    }

    public func removeDirectory(_ path: BytePath) throws(Errno) {
        try Errno.check(unlinkat(rawValue, path.characters, AT_REMOVEDIR))
    }

    /// - Parameter flags: those of renameat2(2).
    public func rename(_ source: BytePath, to target: BytePath, flags: UInt32 = 0) throws(Errno) {
        try Errno.check(clinux_renameat2(rawValue, source.characters, rawValue, target.characters, flags))
    }

    public func setMode(_ mode: mode_t, of path: BytePath) throws(Errno) {
        try Errno.check(fchmodat(rawValue, path.characters, mode, 0))
    }

    public func setMode(_ mode: mode_t) throws(Errno) {
        try Errno.check(fchmod(rawValue, mode))
    }

    /// nil leaves the user or the group as it is.
    public func setOwner(_ user: uid_t?, _ group: gid_t?, of path: BytePath) throws(Errno) {
        try Errno.check(fchownat(rawValue, path.characters, user ?? .max, group ?? .max, AT_SYMLINK_NOFOLLOW))
    }

    public func setOwner(_ user: uid_t?, _ group: gid_t?) throws(Errno) {
        try Errno.check(fchown(rawValue, user ?? .max, group ?? .max))
    }

    public func setTimes(accessed: TimeChange, modified: TimeChange, of path: BytePath) throws(Errno) {
        let times = [accessed.value, modified.value]
        try Errno.check(utimensat(rawValue, path.characters, times, AT_SYMLINK_NOFOLLOW))
    }

    public func setTimes(accessed: TimeChange, modified: TimeChange) throws(Errno) {
        let times = [accessed.value, modified.value]
        try Errno.check(futimens(rawValue, times))
    }
}

/// What becomes of one of a file's times.
public enum TimeChange: Sendable {
    case keep
    case now
    case set(timespec)

    /// A time since 1970.
    public static func set(seconds: Int, nanoseconds: Int = 0) -> TimeChange {
        .set(timespec(tv_sec: seconds, tv_nsec: nanoseconds))
    }

    var value: timespec {
        switch self {
        case .keep: timespec(tv_sec: 0, tv_nsec: clinux_utime_omit)
        case .now: timespec(tv_sec: 0, tv_nsec: clinux_utime_now)
        case .set(let time): time
        }
    }
}
