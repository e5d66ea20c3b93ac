import Glibc
import LinuxIO

/// Why a mount failed. Each is one sentence that says what to do.
public enum MountError: Error, Equatable {
    case noMountpoint(path: String)
    case notADirectory(path: String)
    case alreadyMounted(path: String)
    /// The process that served an earlier mount is gone.
    case deadMount(path: String)
    case mountpointUnusable(path: String, Errno)
    case noFuseDevice(Errno)
    case otherUsersNotAllowed
    /// The kernel refuses `nosymfollow`.
    case symbolicLinksCannotBeRefused(Errno)
    /// libfuse's or fusermount3's own words.
    case refused(path: String, reason: String)
}

extension MountError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noMountpoint(let path):
            "mountpoint \(path) does not exist; make the directory first"
        case .notADirectory(let path):
            "mountpoint \(path) is not a directory"
        case .alreadyMounted(let path):
            "mountpoint \(path) is busy, a FUSE file system is mounted there; unmount it first"
        case .deadMount(let path):
            "mountpoint \(path) is a dead mount whose process has ended; run: fusermount3 -u \(path)"
        case .mountpointUnusable(let path, let failure):
            "mountpoint \(path) cannot be used: \(failure)"
        case .noFuseDevice(Errno(EACCES)):
            "permission denied for /dev/fuse; run as root: chmod 666 /dev/fuse"
        case .noFuseDevice(let failure):
            "cannot open /dev/fuse (\(failure)); load the kernel module with: modprobe fuse"
        case .otherUsersNotAllowed:
            "allow_other is for root only, unless /etc/fuse.conf contains the line user_allow_other; add it, or leave allow_other out"
        case .symbolicLinksCannotBeRefused(Errno(EPERM)):
            "nosymfollow is for root only; leave it out"
        case .symbolicLinksCannotBeRefused(let failure):
            "the kernel refuses nosymfollow, which needs Linux 5.12 (\(failure)); leave it out"
        case .refused(let path, let reason):
            "cannot mount on \(path): \(reason)"
        }
    }
}
