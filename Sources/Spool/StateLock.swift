import Glibc
import LinuxIO

/// The lock on a state directory: that of an open file, so it ends with the process whatever happens to it.
///
/// The file's content stays behind unless `leaveCleanly` empties it: a line with the process's id, and once it has mounted
/// another with the mountpoint.
struct StateLock: ~Copyable {
    /// Whether the last holder ended without `leaveCleanly`.
    let wasLeftUnclean: Bool
    private let file: Descriptor

    static func take(in directory: borrowing Descriptor, _ path: String) throws(StateDirectoryError) -> StateLock {
        let file = try StateDirectoryError.attempt("lock", path) { () throws(Errno) in
            try directory.open(BytePath("lock"), O_RDWR | O_CREAT, mode: 0o600)
        }
        let earlier = try StateDirectoryError.attempt("lock", path) { () throws(Errno) in try directory.text(of: "lock") }
        let lines = (earlier ?? "").split(separator: "\n", maxSplits: 1).map(String.init)
        do {
            try lockPatiently(file)
            try file.truncate(to: 0)
            try file.writeAll("\(getpid())\n")
        } catch {
            if error.code == EWOULDBLOCK {
                throw .locked(path: path, pid: lines.first, mountpoint: lines.dropFirst().first.map { String($0.dropLast()) })
            }
            throw .failed(path: path, doing: "lock", error)
        }
        return StateLock(wasLeftUnclean: !lines.isEmpty, file: file)
    }

    /// A former holder may be ending at this moment, and a child process that is just being started holds the lock with its
    /// parent until it runs its own program; so a fifth of a second is given before the lock counts as taken.
    private static func lockPatiently(_ file: borrowing Descriptor) throws(Errno) {
        for _ in 1..<10 {
            do {
                return try file.lockExclusively()
            } catch {
                guard error.code == EWOULDBLOCK else { throw error }
                usleep(20_000)
            }
        }
        try file.lockExclusively()
    }

    func note(mountpoint: String) throws(Errno) {
        try file.writeAll("\(getpid())\n\(mountpoint)\n")
    }

    func leaveCleanly() throws(Errno) {
        try file.truncate(to: 0)
    }
}
