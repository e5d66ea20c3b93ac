import Glibc
import class Foundation.FileManager

/// A state directory that did not exist before this mount. If the mount cannot start, it is removed again.
struct FreshDirectory: Sendable {
    private let path: String

    /// Nil where there is something already: that is never removed.
    init?(path: String) {
        guard access(path, F_OK) != 0, errno == ENOENT else { return nil }
        self.path = path
    }

    /// Must only be called while this process holds the directory's lock: else it may be another mount's by now. A spool that
    /// is not empty stays, and everything with it.
    func remove() {
        guard rmdir("\(path)/spool") == 0 else { return }
        try? FileManager.default.removeItem(atPath: path)
    }
}
