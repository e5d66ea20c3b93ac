import FuseBridge
import Glibc
import LinuxIO
import NIOConcurrencyHelpers
import UploadCore

/// A file, directory or symbolic link that the kernel knows, or that is open.
///
/// It holds no descriptor: a tree can hold millions of files, and a process a few thousand descriptors. Its path is that of
/// its parent and its name. It is small, because the kernel may know them all: 88 bytes, the name, and two places in the table.
// @unchecked: every mutable field says which lock guards it. The lock excludes what exclusivity checks at run time would find, and
// they cost more than the walk up a path.
final class Node: @unchecked Sendable {
    let id: NodeID
    let spoolInode: UInt64
    /// Of a mode: `S_IFREG`, `S_IFDIR` or `S_IFLNK`.
    private let type: mode_t

    // Guarded by `contentLock`.
    private var madeContent: FileContent?

    // Guarded by the tree lock.
    @exclusivity(unchecked) var parent: Node?
    @exclusivity(unchecked) var name: NodeName
    /// Its last name is gone; what is open stays usable.
    @exclusivity(unchecked) var isRemoved = false

    // Guarded by the node table's lock. The small ones come first, to fill a word with the one before them.
    /// What the kernel knows of it without asking.
    @exclusivity(unchecked) var known = KernelKnowledge()
    /// Nodes in the table whose parent this is.
    @exclusivity(unchecked) var children: UInt32 = 0
    /// References that the kernel has and will give back by `forget`.
    @exclusivity(unchecked) var lookups: UInt64 = 0
    /// Open files and directories, which keep the node, too.
    @exclusivity(unchecked) var handles: [any OpenHandle] = []

    init(id: NodeID, spoolInode: UInt64, type: mode_t, parent: Node?, name: [UInt8]) {
        self.id = id
        self.spoolInode = spoolInode
        self.type = type
        self.parent = parent
        self.name = NodeName(name)
    }

    var fileID: FileID { FileID(inode: spoolInode) }
    var isSymbolicLink: Bool { type == S_IFLNK }

    /// nil for what is no regular file. Made when it is first asked for: most of the files that the kernel knows are only looked at.
    var content: FileContent? {
        guard type == S_IFREG else { return nil }
        return Self.contentLock.withLock {
            if let madeContent { return madeContent }
            let content = FileContent()
            madeContent = content
            return content
        }
    }

    /// As `content`, but nil also where no one has asked for it.
    var contentIfMade: FileContent? { Self.contentLock.withLock { madeContent } }

    /// Held for a moment, whatever else is locked.
    private static let contentLock = NIOLock()

    /// Where it is in the tree. The caller holds the tree lock.
    var path: SpoolPath { path(followedBy: []) }

    /// Where a name in this directory is; an empty name stands for the directory itself. The caller holds the tree lock.
    func path(followedBy last: [UInt8]) -> SpoolPath {
        let length = pathLength(followedBy: last)
        // All empty arrays are one, and to fill it with nothing writes to it.
        if length == 0 { return .root }
        return SpoolPath(
            bytes: [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
                fillPath(UnsafeMutableRawBufferPointer(buffer), followedBy: last)
                count = length
            })
    }

    /// The same for the kernel, in one step: most requests need no other form of it.
    func bytePath(followedBy last: [UInt8] = []) -> BytePath {
        let length = pathLength(followedBy: last)
        if length == 0 { return BytePath([]) }
        return BytePath(count: length) { buffer in fillPath(buffer, followedBy: last) }
    }

    private func pathLength(followedBy last: [UInt8]) -> Int {
        // Every component with the slash before it, but for the first one's.
        var length = last.isEmpty ? 0 : last.count + 1
        forEachNode { length += $0.name.count + 1 }
        return max(length - 1, 0)
    }

    /// - Parameter buffer: as long as the path.
    private func fillPath(_ buffer: UnsafeMutableRawBufferPointer, followedBy last: [UInt8]) {
        var end = buffer.count
        if !last.isEmpty {
            end -= last.count
            UnsafeMutableRawBufferPointer(rebasing: buffer[end...]).copyBytes(from: last)
        }
        forEachNode { node in
            if end < buffer.count {
                end -= 1
                buffer[end] = UInt8(ascii: "/")
            }
            node.name.put(before: &end, in: buffer)
        }
    }

    /// From itself up to the one below the root.
    private func forEachNode(_ body: (Node) -> Void) {
        var node = self
        while let parent = node.parent {
            body(node)
            node = parent
        }
    }
}

/// What the kernel knows of a node, as far as we know. It saves work and decides nothing: assuming too much
/// makes the kernel ask, and assuming too little sends it again.
struct KernelKnowledge {
    /// Attributes that are still right.
    var attributes = false
    /// A directory's names.
    var names = false
    /// Something in the directory has changed its attributes since they were listed.
    var isOutdatedBelow = false
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
    /// The content has changed, or may have, since a close was last reported to the queue.
    var isDirty = false
    /// No byte has been written since the file was created.
    var isUntouched = false
    /// Whether a write may have to take set-user-ID or set-group-ID bits away.
    var mayHaveSetID = false
    /// How often a close was reported to the queue.
    var closes = 0
    /// Whether the last close was reported as urgent, so that a waiter for the upload need not report it again.
    var isAwaited = false
    /// The file's name is not yet known to be durable.
    var nameIsNew = false
    /// It was reported to the queue that someone may be changing the file without further reports.
    var unseenWritesReported = false
    /// While someone may: what the last look at the file has found. A dirty file need not be looked at.
    var unseen: Fingerprint?
    /// While someone may: he may do it through a memory map.
    var mayBeMapped = false

    // Guarded by the node table's lock.
    /// Handles that are open for writing.
    var writers = 0

    /// Has a lock of its own.
    let modes = OpenModes()

    /// A file that was just created, and that no other thread knows yet.
    func markNew(mayHaveSetID: Bool, unseenWritesReported: Bool) {
        lock.exclusive {
            isDirty = true
            isUntouched = true
            nameIsNew = true
            self.mayHaveSetID = mayHaveSetID
            self.unseenWritesReported = unseenWritesReported
        }
    }
}
