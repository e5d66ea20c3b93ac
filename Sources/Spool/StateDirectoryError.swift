import Glibc
import LinuxIO

/// Why a state directory cannot be used. Each is one sentence that says what to do.
public enum StateDirectoryError: Error, Equatable {
    case notADirectory(path: String)
    case otherOwner(path: String)
    case tooOpen(path: String, mode: UInt32)
    /// `pid` is nil where the holder has not written it yet, `mountpoint` where it has not mounted yet.
    case locked(path: String, pid: String?, mountpoint: String?)
    case otherVersion(path: String, found: String, known: String)
    case otherDestination(path: String, found: String, wanted: String)
    case failed(path: String, doing: String, Errno)
}

extension StateDirectoryError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notADirectory(let path):
            "state directory \(path) is not a directory; choose another with state_dir=DIR"
        case .otherOwner(let path):
            "state directory \(path) belongs to another user; choose another with state_dir=DIR"
        case .tooOpen(let path, let mode):
            "state directory \(path) is accessible to other users (mode \(String(mode, radix: 8))); run: chmod 700 \(path)"
        case .locked(let path, let pid, let mountpoint):
            "state directory \(path) is in use by another mount\(mountpoint.map { " at \($0)" } ?? "")\(pid.map { " (process \($0))" } ?? ""); "
                + "unmount that first, or choose another with state_dir=DIR"
        case .otherVersion(let path, let found, let known):
            "state directory \(path) has version \(found), but this program supports version \(known); "
                + "use the program that wrote it, or choose another with state_dir=DIR"
        case .otherDestination(let path, let found, let wanted):
            "state directory \(path) holds uploads for \(found), not for \(wanted); choose another with state_dir=DIR"
        case .failed(let path, let doing, let failure):
            "cannot \(doing) state directory \(path): \(failure)"
        }
    }
}

extension StateDirectoryError {
    /// Runs `body`, and says of its error what was being done to the directory.
    static func attempt<Outcome: ~Copyable>(
        _ doing: String, _ path: String, _ body: () throws(Errno) -> Outcome
    ) throws(StateDirectoryError) -> Outcome {
        do {
            return try body()
        } catch {
            if error.code == ENOTDIR { throw .notADirectory(path: path) }
            throw .failed(path: path, doing: doing, error)
        }
    }
}
