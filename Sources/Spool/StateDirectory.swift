import Glibc
import LinuxIO

/// The hidden directory that one mount keeps: the spool tree, the journal, the checkpoints, and a lock so that no second
/// mount uses them. It is of mode 0700, for session URLs are secrets.
public final class StateDirectory: Sendable {
    public let path: String
    /// The tree that the mount shows.
    public let spool: SpoolTree
    /// Whether the last mount ended without `leaveCleanly`: it was killed, or the machine stopped.
    public var wasLeftUnclean: Bool { lock.wasLeftUnclean }

    private let lock: StateLock

    static let version = "1"

    /// Opens the state directory, and makes it where it is missing.
    /// - Parameter destination: the URL that its uploads go to; a directory that was made for another one is refused.
    public static func open(path: String, destination: String) throws(StateDirectoryError) -> StateDirectory {
        let directory = try openPrivate(path)
        let lock = try StateLock.take(in: directory, path)
        // Before it is relied on, which its version says.
        if try isNew(directory, path) { try makeNamesDurable(path) }
        try bind(directory, path, name: "version", to: version) { .otherVersion(path: path, found: $0, known: version) }
        try bind(directory, path, name: "destination", to: destination) {
            .otherDestination(path: path, found: $0, wanted: destination)
        }
        let spool = try StateDirectoryError.attempt("open the spool of", path) { () throws(Errno) in try SpoolTree(stateDirectory: directory) }
        return StateDirectory(path: path, spool: spool, lock: lock)
    }

    private init(path: String, spool: SpoolTree, lock: consuming StateLock) {
        self.path = path
        self.spool = spool
        self.lock = lock
    }

    /// Notes what this process mounts: whoever finds the directory locked looks whether that mount is still there.
    public func note(mountpoint: String) throws(StateDirectoryError) {
        try StateDirectoryError.attempt("write to", path) { () throws(Errno) in try lock.note(mountpoint: mountpoint) }
    }

    /// Notes that everything is written and in order. The lock itself ends with this object.
    public func leaveCleanly() throws(StateDirectoryError) {
        try StateDirectoryError.attempt("write to", path) { () throws(Errno) in try lock.leaveCleanly() }
    }
}

extension StateDirectory {
    private static func openPrivate(_ path: String) throws(StateDirectoryError) -> Descriptor {
        try makeWithParents(path)
        let directory = try StateDirectoryError.attempt("open", path) { () throws(Errno) in
            try Descriptor.open(BytePath(path), O_RDONLY | O_DIRECTORY)
        }
        let attributes = try StateDirectoryError.attempt("open", path) { () throws(Errno) in try directory.attributes() }
        guard attributes.user == geteuid() else { throw .otherOwner(path: path) }
        guard attributes.mode & 0o077 == 0 else { throw .tooOpen(path: path, mode: attributes.mode & 0o7777) }
        return directory
    }

    private static func makeWithParents(_ path: String) throws(StateDirectoryError) {
        var prefix = path.startsWithBytes(of: "/") ? "/" : ""
        for component in path.split(atByte: UInt8(ascii: "/")) {
            prefix += component
            if mkdir(prefix, 0o700) != 0, errno != EEXIST, errno != EISDIR {
                throw .failed(path: path, doing: "make", .current)
            }
            prefix += "/"
        }
    }

    private static func isNew(_ directory: borrowing Descriptor, _ path: String) throws(StateDirectoryError) -> Bool {
        try StateDirectoryError.attempt("open", path) { () throws(Errno) in try directory.text(of: "version") == nil }
    }

    /// After a power cut the directory is found under its path: synchronizes all directories above it, of which some may be new.
    private static func makeNamesDurable(_ path: String) throws(StateDirectoryError) {
        var above = path.startsWithBytes(of: "/") ? "/" : "."
        for component in path.split(atByte: UInt8(ascii: "/")) {
            do {
                let directory = try Descriptor.open(BytePath(above), O_RDONLY | O_DIRECTORY)
                try directory.synchronize(metadata: true)
            } catch {
                // One that this user cannot even list was not made by this process. Some file systems synchronize no directories.
                guard [EACCES, EINVAL, EROFS].contains(error.code) else { throw .failed(path: path, doing: "synchronize", error) }
            }
            above += "/" + component
        }
    }

    /// Writes `value` into a small file, or checks that it is there already.
    private static func bind(
        _ directory: borrowing Descriptor, _ path: String, name: String, to value: String,
        mismatch: (String) -> StateDirectoryError
    ) throws(StateDirectoryError) {
        let found: String?
        do {
            found = try directory.text(of: name)
            if found == nil { try directory.replaceDurably(name, with: value + "\n", mode: 0o600) }
        } catch {
            throw .failed(path: path, doing: "set up", error)
        }
        guard let found else { return }
        let line = found.split(atByte: UInt8(ascii: "\n"), maxSplits: 1, omittingEmpty: false).first ?? ""
        if !line.hasSameBytes(as: value) { throw mismatch(line) }
    }
}
