import FuseBridge
import Glibc
import LinuxIO
import Logging
import NIOConcurrencyHelpers
import Spool
import UploadCore

/// The file system: the spool tree, seen through the kernel, with an upload queue that is notified of changes.
///
/// Locks, in the order in which they are taken:
/// 1. the content lock of one file;
/// 2. the tree lock: shared by who needs a path to stay as it is, exclusive for who renames or removes;
/// 3. the queue's own, the node table's, and that of a file's `OpenModes`.
///
/// No lock is held across a reply to the kernel: the reply may be its last reference to what the lock guards.
public final class UploadFilesystem: FuseFilesystem {
    let spool: SpoolTree
    let queue: any UploadQueue
    let options: FilesystemOptions
    let logger: Logger
    let table: NodeTable
    let tree = ReadWriteLock()
    let snapshots = StatusSnapshots()
    let effectiveUser = geteuid()
    let effectiveGroup = getegid()
    let started: timespec
    /// A change of names in the spool of which the queue could not be notified. Set under the exclusive side of the tree lock.
    let unreported = NIOLockedValueBox<FileEvent.Change?>(nil)

    /// nil where every read and write comes through. Set before the first request.
    let passthrough = NIOLockedValueBox<Passthrough?>(nil)
    let retries = NIOLockedValueBox(Retries())

    /// For how long the kernel may use names and attributes without asking, in seconds: no one but the mount changes them.
    static let timeout: Double = 86400

    public init(spool: SpoolTree, queue: any UploadQueue, options: FilesystemOptions, logger: Logger) throws(Errno) {
        self.spool = spool
        self.queue = queue
        self.options = options
        self.logger = logger
        table = NodeTable(rootInode: try spool.root.attributes().inode, firstID: StatusPage.lastNodeID + 1)
        started = SystemTime.now()
        try finishNameChange()
        try removeUnconfirmedFiles()
    }

    // MARK: What the operations share

    /// The node that the kernel means; the status page's own nodes take part in nothing but being read.
    func node(_ id: NodeID) throws(Errno) -> Node {
        if StatusPage.has(id) { throw Errno(EPERM) }
        guard let node = table.node(id) else { throw Errno(ESTALE) }
        return node
    }

    /// The path of a name in a directory. The caller holds the tree lock.
    func path(of name: [UInt8], in parent: Node) throws(Errno) -> SpoolPath {
        try check(name, in: parent)
        return parent.path(followedBy: name)
    }

    /// The same where the queue is not notified. The caller holds the tree lock.
    func bytePath(of name: [UInt8], in parent: Node) throws(Errno) -> BytePath {
        try check(name, in: parent)
        return parent.bytePath(followedBy: name)
    }

    private func check(_ name: [UInt8], in parent: Node) throws(Errno) {
        if parent.isRemoved { throw Errno(ENOENT) }
        if parent === table.root, name == StatusPage.directoryName { throw Errno(EPERM) }
    }

    func attributes(_ status: FileStatus) -> Attributes {
        var shown = status
        if let user = options.userShown { shown.user = user }
        if let group = options.groupShown { shown.group = group }
        if let umask = options.umaskShown { shown.mode &= ~(umask & 0o777) }
        return Attributes(shown, timeout: Self.timeout)
    }

    /// Counts a lookup and describes the node. The caller holds the tree lock.
    func entry(_ status: FileStatus, parent: Node, name: [UInt8]) throws(Errno) -> Entry {
        // An inode number means one file within one file system only.
        guard status.device == spool.device else { throw Errno(EXDEV) }
        let node = table.lookUp(status, parent: parent, name: name)
        return Entry(node: node.id, attributes: attributes(status), timeout: Self.timeout)
    }

    /// Runs a call of the queue and turns its errors, which have their own types, into an `Errno`.
    func withQueueErrors<Result>(_ call: () throws -> Result) throws(Errno) -> Result {
        do { return try call() } catch { throw Errno(of: error) }
    }
}

extension UploadFilesystem: OpenFiles {
    public func isOpenForWriting(_ file: FileID) -> Bool {
        table.isOpenForWriting(file)
    }

    public func noticeChanges(of file: FileID) throws {
        guard let node = table.node(of: file), let content = node.content else { return }
        try content.lock.exclusive { () throws(Errno) in try noticeUnseenWrites(to: node, through: nil) }
    }
}

extension Errno {
    /// What a system call returns for an error of the queue.
    init(of error: any Error) {
        switch error {
        case let error as Errno: self = error
        case let error as UploadError: self.init(error.errno)
        case let error as any LocalDiskError: self.init(error.errno == 0 ? EIO : error.errno)
        case is CancellationError: self.init(EINTR)
        default: self.init(EIO)
        }
    }
}
