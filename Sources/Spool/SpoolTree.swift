import Glibc
import LinuxIO
import UploadCore

/// The directory tree that holds the accepted bytes; the mount shows it. Everything is reached relative to its root.
public final class SpoolTree: LocalNames {
    public let root: Descriptor
    /// The file system that the tree lies on. A file identity is only good within one.
    public let device: UInt64
    /// What is being renamed or removed at this moment.
    public let intent: NameIntent
    /// What is being created.
    public let creations: CreationNotes

    /// Opens the tree of a state directory, and makes it where it is missing.
    init(stateDirectory: borrowing Descriptor) throws(Errno) {
        let name = BytePath("spool")
        do {
            try stateDirectory.makeDirectory(name, mode: 0o755)
        } catch {
            if error.code != EEXIST { throw error }
        }
        root = try stateDirectory.open(name, O_RDONLY | O_DIRECTORY)
        device = try root.attributes().device
        intent = try NameIntent(stateDirectory: stateDirectory)
        creations = try CreationNotes(stateDirectory: stateDirectory)
    }

    /// Opens a regular file; `ENOENT` when there is none of that name.
    public func openForReading(_ path: SpoolPath) throws(Errno) -> SpoolFile {
        // Without O_NONBLOCK, something that is no regular file could block the caller.
        try SpoolFile(try root.open(BytePath(path.bytes), O_RDONLY | O_NONBLOCK))
    }

    public func has(_ file: FileID, at path: SpoolPath) -> Bool {
        (try? root.attributes(of: BytePath(path.bytes)))?.inode == file.inode
    }

    /// Whether there is anything of that name, of whatever type.
    public func exists(_ path: SpoolPath) -> Bool {
        (try? root.attributes(of: BytePath(path.bytes))) != nil
    }

    /// Visits all regular files. A file that comes or goes meanwhile may be missed.
    public func walk(_ visit: (SpoolPath, FileID, Fingerprint) throws -> Void) throws {
        var directories = [SpoolPath.root]
        while let directory = directories.popLast() {
            guard var stream = try entriesUnlessGone(directory) else { continue }
            while let entry = try stream.next() {
                if entry.isDotOrDotDot { continue }
                let path = directory.appending(entry.name)
                guard let attributes = try attributesUnlessGone(path) else { continue }
                if attributes.isDirectory {
                    directories.append(path)
                } else if attributes.isRegularFile {
                    try visit(path, FileID(inode: attributes.inode), Fingerprint(attributes))
                }
            }
        }
    }

    private func entriesUnlessGone(_ directory: SpoolPath) throws(Errno) -> DirectoryStream? {
        do {
            return try DirectoryStream(BytePath(directory.bytes), in: root)
        } catch {
            if error.code == ENOENT || error.code == ENOTDIR { return nil }
            throw error
        }
    }

    private func attributesUnlessGone(_ path: SpoolPath) throws(Errno) -> FileStatus? {
        do {
            return try root.attributes(of: BytePath(path.bytes))
        } catch {
            if error.code == ENOENT || error.code == ENOTDIR { return nil }
            throw error
        }
    }
}
