import Glibc
import LinuxIO

/// Who made a request.
public struct Caller: Sendable {
    public let user: uid_t
    public let group: gid_t
    public let process: pid_t

    public init(user: uid_t, group: gid_t, process: pid_t) {
        self.user = user
        self.group = group
        self.process = process
    }
}

/// A file's attributes, and for how many seconds the kernel may use them without asking again.
public struct Attributes {
    public var values: FileStatus
    public var timeout: Double

    public init(_ values: FileStatus, timeout: Double) {
        self.values = values
        self.timeout = timeout
    }
}

/// The reply to a name: the node behind it.
public struct Entry {
    public var node: NodeID
    public var attributes: Attributes
    /// For how many seconds the kernel may use the name without asking again.
    public var timeout: Double

    public init(node: NodeID, attributes: Attributes, timeout: Double) {
        self.node = node
        self.attributes = attributes
        self.timeout = timeout
    }

    /// "There is no such name", which the kernel may remember; unlike the error `ENOENT`, which it may not.
    public static func absent(timeout: Double) -> Entry {
        let nothing = FileStatus(inode: 0, mode: 0, user: 0, group: 0, time: SystemTime.zero)
        return Entry(node: 0, attributes: Attributes(nothing, timeout: 0), timeout: timeout)
    }

    public var isAbsent: Bool { node == 0 }
}

/// An open file.
public struct OpenedFile {
    public var handle: UInt64
    public var mode: OpenMode
    /// Whether `flush` is to be called for it. Where it is not, closing costs no round trip.
    public var receivesFlush: Bool

    public init(handle: UInt64, mode: OpenMode, receivesFlush: Bool) {
        self.handle = handle
        self.mode = mode
        self.receivesFlush = receivesFlush
    }
}

/// An open directory.
public struct OpenedDirectory {
    public var handle: UInt64
    /// Whether the kernel is to use the names that it has kept, and to keep those that it receives.
    public var keepsNames: Bool

    public init(handle: UInt64, keepsNames: Bool) {
        self.handle = handle
        self.keepsNames = keepsNames
    }
}

/// How bytes get between a program that has a file open and the file.
public enum OpenMode: Sendable, Equatable {
    /// Through the kernel's page cache, which keeps what was read, also from one open to the next.
    case cached
    /// Every read and write comes through, and the size of the attributes does not limit reads.
    case direct
    /// The kernel reads and writes the backing file, and no read or write comes through.
    case passthrough(BackingID)
}

/// What a SETATTR changes; nil leaves it alone.
public struct AttributeChanges {
    public var mode: mode_t?
    public var user: uid_t?
    public var group: gid_t?
    public var size: Int64?
    public var accessed: Time?
    public var modified: Time?

    public enum Time {
        case now
        case at(timespec)
    }
}

/// A RENAME.
public struct RenameChange: Sendable {
    public let name: [UInt8]
    public let parent: NodeID
    public let newName: [UInt8]
    public let newParent: NodeID
    /// Those of renameat2(2).
    public let flags: UInt32
}

/// A COPY_FILE_RANGE.
public struct RangeCopy {
    public let source: UInt64
    public let sourceNode: NodeID
    public let sourceOffset: Int64
    public let target: UInt64
    public let targetNode: NodeID
    public let targetOffset: Int64
    public let length: Int
}
