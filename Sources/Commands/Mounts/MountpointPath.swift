import UploadCore
import Glibc
import LinuxIO

/// The directory that a mount covers, as a user named it.
enum MountpointPath {
    /// Resolves a mountpoint that is to be mounted on, after taking away what a killed mount has left there.
    /// - Returns: its absolute path without links.
    static func prepare(_ path: String) throws(CommandFailure) -> String {
        if let dead = try deadMount(path) {
            try Unmounting.unmount(dead, lazily: true)
        }
        guard let resolved = Path.resolved(path) else {
            throw .system("the mountpoint \(path.printable) cannot be used", .current)
        }
        try checkDirectory(resolved)
        if let entry = try MountTable.read().entry(at: resolved), entry.isUploadFS {
            throw CommandFailure(.temporaryFailure, "\(entry.source.printable) is already mounted on \(resolved.printable)")
        }
        return resolved
    }

    private static func checkDirectory(_ path: String) throws(CommandFailure) {
        var attributes = stat()
        guard stat(path, &attributes) == 0 else { throw .system("the mountpoint \(path.printable) cannot be used", .current) }
        guard attributes.st_mode & S_IFMT == S_IFDIR else {
            throw CommandFailure(.noInput, "the mountpoint \(path.printable) is not a directory")
        }
    }

    /// The path of a mount of ours whose process is gone: the kernel answers ENOTCONN for it, or ECONNABORTED at the moment of
    /// its end. It may still know the attributes of the root, so the question is one that only the process can answer.
    private static func deadMount(_ path: String) throws(CommandFailure) -> String? {
        var fileSystem = statvfs()
        guard statvfs(path, &fileSystem) != 0, errno == ENOTCONN || errno == ECONNABORTED else { return nil }
        let table = try MountTable.read()
        return candidates(path).first { table.entry(at: $0)?.isUploadFS == true }
    }

    /// The mount of ours at `path`, for `unmount`; it may be dead.
    static func existing(_ path: String) throws(CommandFailure) -> MountTable.Entry {
        let table = try MountTable.read()
        for candidate in candidates(path) {
            guard let entry = table.entry(at: candidate) else { continue }
            guard entry.isUploadFS else {
                throw CommandFailure(.noInput, "\(path.printable) is not an uploadfs mount (its type is \(entry.type)); use umount")
            }
            return entry
        }
        guard Path.resolved(path) != nil else { throw .system("\(path.printable) cannot be unmounted", .current) }
        throw CommandFailure(.noInput, "\(path.printable) is not a mountpoint")
    }

    /// What `path` may be in the table of mounts: links in it are followed as far as a dead mount allows.
    private static func candidates(_ path: String) -> [String] {
        [Path.resolved(path), Path.resolvedParent(path)].compactMap { $0 }
    }
}
