import Glibc
import LinuxIO

/// Why a mount cannot use kernel passthrough.
public enum PassthroughProblem: Error, Equatable {
    case notOffered
    case refused(Errno)
    /// Changes of a file that are not reported cannot be detected there.
    case changesHidden
}

extension PassthroughProblem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notOffered: "the kernel does not offer it; it needs Linux 6.9 or later"
        case .refused(Errno(EPERM)): "the kernel allows it to root only"
        case .refused(Errno(ELOOP)): "the state directory is on a file system that is stacked on another, such as overlayfs"
        case .refused(let failure): "the kernel refuses the state directory's files (\(failure))"
        case .changesHidden: "the state directory's file system does not show in a file's times that the file has changed; ext4, XFS and Btrfs do"
        }
    }
}
