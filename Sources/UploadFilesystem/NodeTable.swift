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
        root = Node(id: rootNodeID, spoolInode: rootInode, isRegularFile: false, parent: nil, name: [])
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
            return node
        }
    }

    private func insert(_ status: FileStatus, parent: Node, name: [UInt8]) -> Node {
        let node = Node(
            id: nextID, spoolInode: status.inode, isRegularFile: status.isRegularFile, parent: parent, name: name)
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
            node.name = name
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
            dropUnused(node)
        }
    }

    /// Adds an open file, and decides whether the kernel's page cache stands between it and the spool.
    ///
    /// Writes that go around the cache save a copy, the pages, and a question about `security.capability`. But the kernel drops
    /// the pages of a range before such a write and not after it, so that a reader in between would leave stale ones. So the
    /// two never meet: who only writes goes around the cache unless somebody uses it, and who comes while somebody goes
    /// around it does so, too. A memory map keeps its open file, and counts with it.
    func add(_ file: FileHandle) {
        lock.withLock {
            let content = file.content
            file.node.handles.append(file)
            if file.isForWriting { content.writers += 1 }
            file.isCached = file.isOnlyForWriting ? content.cachedHandles > 0 : content.directHandles == 0
            if file.isCached { content.cachedHandles += 1 } else { content.directHandles += 1 }
        }
    }

    /// Returns how many handles that are open for writing are left.
    func remove(_ file: FileHandle) -> Int {
        lock.withLock {
            let content = file.content
            file.node.handles.removeAll { $0 === file }
            if file.isForWriting { content.writers -= 1 }
            if file.isCached { content.cachedHandles -= 1 } else { content.directHandles -= 1 }
            dropUnused(file.node)
            return content.writers
        }
    }

    func anyHandle(of node: Node) -> (any OpenHandle)? {
        lock.withLock { node.handles.first }
    }

    func writers(of node: Node) -> Int {
        lock.withLock { node.content?.writers ?? 0 }
    }

    func isOpenForWriting(_ file: FileID) -> Bool {
        lock.withLock { (byInode[file.inode]?.content?.writers ?? 0) > 0 }
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
