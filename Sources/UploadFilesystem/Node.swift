import FuseBridge
import Glibc
import LinuxIO
import UploadCore

/// A file, directory or symbolic link that the kernel knows, or that is open.
///
/// It holds no descriptor: a tree can hold millions of files, and a process a few thousand descriptors. Its path is that of
/// its parent and its name.
// @unchecked: every mutable field says which lock guards it.
final class Node: @unchecked Sendable {
    let id: NodeID
    let spoolInode: UInt64
    /// nil for what is no regular file.
    let content: FileContent?

    // Guarded by the tree lock.
    var parent: Node?
    var name: [UInt8]
    /// Its last name is gone; what is open stays usable.
    var isRemoved = false

    // Guarded by the node table's lock.
    /// References that the kernel has and will give back by `forget`.
    var lookups: UInt64 = 0
    /// Nodes in the table whose parent this is.
    var children = 0
    /// Open files and directories, which keep the node, too.
    var handles: [any OpenHandle] = []

    init(id: NodeID, spoolInode: UInt64, isRegularFile: Bool, parent: Node?, name: [UInt8]) {
        self.id = id
        self.spoolInode = spoolInode
        content = isRegularFile ? FileContent() : nil
        self.parent = parent
        self.name = name
    }

    var fileID: FileID { FileID(inode: spoolInode) }

    /// Where it is in the tree. The caller holds the tree lock.
    var path: SpoolPath {
        var components: [[UInt8]] = []
        var node = self
        while let parent = node.parent {
            components.append(node.name)
            node = parent
        }
        return SpoolPath(bytes: Array(components.reversed().joined(separator: CollectionOfOne(UInt8(ascii: "/")))))
    }
}

/// Something open: what the kernel's file handle number stands for.
protocol OpenHandle: AnyObject, Sendable {
    /// As of now, whatever has become of the name.
    func status() throws(Errno) -> FileStatus
}

/// What decides about uploads of a regular file, apart from its bytes.
// @unchecked: every mutable field says which lock guards it.
final class FileContent: @unchecked Sendable {
    /// The shared side is for who changes bytes of a file that is dirty already; the exclusive side for who changes `isDirty`,
    /// so that no write is under way then. Taken before the tree lock, never after it.
    let lock = ReadWriteLock()

    // Guarded by `lock`.
    /// The content has changed, or may have, since the queue was last told that it is closed.
    var isDirty = false
    /// No byte has been written since the file was created.
    var isUntouched = false
    /// Whether a write may have to take set-user-ID or set-group-ID bits away.
    var mayHaveSetID = false
    /// The file's name is not yet known to be durable.
    var nameIsNew = false

    // Guarded by the node table's lock.
    /// Handles that are open for writing.
    var writers = 0
    /// Handles whose reads and writes go through the kernel's page cache, and around it.
    var cachedHandles = 0
    var directHandles = 0

    /// A file that was just created, and that no other thread knows yet.
    func markNew(mayHaveSetID: Bool) {
        lock.exclusive {
            isDirty = true
            isUntouched = true
            nameIsNew = true
            self.mayHaveSetID = mayHaveSetID
        }
    }
}
