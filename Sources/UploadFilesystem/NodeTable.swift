import FuseBridge
import Glibc
import LinuxIO
import NIOConcurrencyHelpers
import UploadCore

/// The nodes that the kernel knows, or that are open, by the kernel's number and by inode number in the spool.
///
/// Its lock is the last one in the order of locks: nothing else is taken while it is held.
// @unchecked: the dictionaries, and the fields of nodes that say so, are guarded by `lock`.
final class NodeTable: @unchecked Sendable {
    let root: Node
    private let lock = NIOLock()
    private var byID: [NodeID: Node] = [:]
    /// Without nodes whose last name is gone: the file system may use their inode number for another file.
    private var byInode: [UInt64: Node] = [:]
    private var nextID: NodeID

    /// - Parameter firstID: the first number to give out.
    init(rootInode: UInt64, firstID: NodeID) {
        root = Node(id: rootNodeID, spoolInode: rootInode, type: S_IFDIR, parent: nil, name: [])
        root.lookups = 1
        nextID = firstID
        byID[root.id] = root
        byInode[rootInode] = root
    }

    func node(_ id: NodeID) -> Node? {
        lock.withLock { byID[id] }
    }

    func node(of file: FileID) -> Node? {
        lock.withLock { byInode[file.inode] }
    }

    /// The node of a name, new if need be, with one more lookup. The caller holds the tree lock.
    func lookUp(_ status: FileStatus, parent: Node, name: [UInt8]) -> Node {
        lock.withLock {
            let node = byInode[status.inode] ?? insert(status, parent: parent, name: name)
            node.lookups += 1
            node.known.attributes = true
            return node
        }
    }

    private func insert(_ status: FileStatus, parent: Node, name: [UInt8]) -> Node {
        let node = Node(
            id: nextID, spoolInode: status.inode, type: status.type, parent: parent, name: name)
        nextID += 1
        byID[node.id] = node
        byInode[node.spoolInode] = node
        parent.children += 1
        return node
    }

    func forget(_ id: NodeID, lookups: UInt64) {
        lock.withLock {
            guard let node = byID[id] else { return }
            node.lookups -= min(lookups, node.lookups)
            dropUnused(node)
        }
    }

    /// The node gets another parent and name. The caller holds the tree lock exclusively.
    func move(_ node: Node, to parent: Node, name: [UInt8]) {
        lock.withLock {
            guard let former = node.parent else { return }
            parent.children += 1
            former.children -= 1
            node.parent = parent
            node.name = NodeName(name)
            attributesChanged(of: node)
            dropUnused(former)
        }
    }

    /// The node has no name any more. The caller holds the tree lock exclusively.
    func remove(_ node: Node) {
        lock.withLock {
            node.isRemoved = true
            if byInode[node.spoolInode] === node { byInode[node.spoolInode] = nil }
        }
    }

    func add(_ handle: some OpenHandle, to node: Node) {
        lock.withLock { node.handles.append(handle) }
    }

    func remove(_ handle: some OpenHandle, from node: Node) {
        lock.withLock {
            node.handles.removeAll { $0 === handle }
            node.known.attributes = false
            dropUnused(node)
        }
    }

    func add(_ file: FileHandle) {
        lock.withLock {
            file.node.handles.append(file)
            if file.isForWriting { file.content.writers += 1 }
        }
    }

    /// Does nothing for a file that is removed already.
    func remove(_ file: FileHandle) {
        lock.withLock {
            let before = file.node.handles.count
            file.node.handles.removeAll { $0 === file }
            guard file.node.handles.count < before else { return }
            if file.isForWriting { file.content.writers -= 1 }
            // Reads change the time of access, and writes more, and neither passes the new time to the kernel.
            attributesChanged(of: file.node)
            dropUnused(file.node)
        }
    }

    func anyHandle(of node: Node) -> (any OpenHandle)? {
        lock.withLock { node.handles.first }
    }

    func writers(of node: Node) -> Int {
        lock.withLock { node.contentIfMade?.writers ?? 0 }
    }

    func isOpenForWriting(_ file: FileID) -> Bool {
        lock.withLock { (byInode[file.inode]?.contentIfMade?.writers ?? 0) > 0 }
    }

    // MARK: What the kernel knows

    /// A reply has given the kernel the attributes as they are.
    func repliedAttributes(of node: Node) {
        lock.withLock { node.known.attributes = true }
    }

    /// The caller holds the lock.
    private func attributesChanged(of node: Node) {
        node.known.attributes = false
        node.parent?.known.isOutdatedBelow = true
    }

    /// Whether a listing of `parent` need not give the kernel more of an entry than its name.
    func isKnown(_ inode: UInt64, in parent: Node) -> Bool {
        lock.withLock {
            guard let node = byInode[inode], node.parent === parent else { return false }
            return node.known.attributes && node.handles.isEmpty
        }
    }

    /// Whether the kernel is to use and keep the names of a directory that is about to be listed. With names that it has already
    /// it would ask for each file's attributes by itself, where a listing brings them all.
    func keepsNames(of directory: Node) -> Bool {
        lock.withLock {
            let isOutdated = directory.known.names && directory.known.isOutdatedBelow
            directory.known.isOutdatedBelow = false
            directory.known.names = true
            return !isOutdated
        }
    }

    /// Drops a node that nothing refers to, and then perhaps its parent. A node whose children are known stays, so that a
    /// rename of it reaches them.
    private func dropUnused(_ node: Node) {
        var candidate: Node? = node
        while let node = candidate, let parent = node.parent, node.lookups == 0, node.children == 0, node.handles.isEmpty,
            byID[node.id] === node
        {
            byID[node.id] = nil
            if byInode[node.spoolInode] === node { byInode[node.spoolInode] = nil }
            parent.children -= 1
            candidate = parent
        }
    }
}
