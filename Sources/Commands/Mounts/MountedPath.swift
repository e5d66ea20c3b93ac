import Glibc
import LinuxIO
import UploadCore

/// A file or directory on a mount of ours.
struct MountedPath: Sendable {
    /// As the user wrote it.
    let shown: String
    /// Absolute, without links.
    let path: String
    let mount: MountTable.Entry

    static func resolve(_ path: String) throws(CommandFailure) -> MountedPath {
        guard let resolved = Path.resolved(path) else { throw unreachable(path, .current) }
        guard let mount = try MountTable.read().entry(containing: resolved), mount.isUploadFS else {
            throw CommandFailure(.noInput, "\(path.printable) is not on an uploadfs mount")
        }
        return MountedPath(shown: path, path: resolved, mount: mount)
    }

    static func root(of mount: MountTable.Entry) -> MountedPath {
        MountedPath(shown: mount.mountpoint, path: mount.mountpoint, mount: mount)
    }

    private static func unreachable(_ path: String, _ error: Errno) -> CommandFailure {
        if error.code == ENOTCONN {
            return CommandFailure(.unavailable, "the process serving the mount at \(path.printable) has ended; mount it again to resume")
        }
        return .system(path.printable, error)
    }

    /// What a failed question to the mount means to the user.
    func failure(_ what: String, _ error: Errno) -> CommandFailure {
        error.code == ENOTCONN ? Self.unreachable(mount.mountpoint, error) : .system(what, error)
    }

    func attribute(_ name: String) throws(Errno) -> String {
        try MountAttributes.read("user.upload.\(name)", of: path)
    }

    func control(_ command: ControlCommand) throws(CommandFailure) {
        do {
            try MountAttributes.write(command.rawValue, to: "user.upload.control", of: path)
        } catch {
            throw failure("cannot \(command.rawValue) the upload of \(shown.printable)", error)
        }
    }
}
