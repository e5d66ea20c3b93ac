import FuseBridge
import Glibc
import LinuxIO
import Spool
import UploadCore

/// Listing directories.
extension UploadFilesystem {
    public func openDirectory(_ node: NodeID) throws(Errno) -> OpenedDirectory {
        if StatusPage.has(node) { return OpenedDirectory(handle: 0, keepsNames: true) }
        let node = try self.node(node)
        let entries = try tree.shared { () throws(Errno) in
            if node.isRemoved { throw Errno(ENOENT) }
            return try DirectoryStream(node.bytePath(), in: spool.root)
        }
        let handle = DirectoryHandle(node, entries)
        table.add(handle, to: node)
        return OpenedDirectory(handle: HandleNumber.retain(handle), keepsNames: table.keepsNames(of: node))
    }

    public func readDirectory(
        _ handle: UInt64, of node: NodeID, from offset: Int64, into listing: inout DirectoryListing
    ) throws(Errno) {
        if StatusPage.has(node) { return listStatusPage(from: offset, into: &listing) }
        let directory = try HandleNumber.object(handle, DirectoryHandle.self)
        try directory.list(from: offset, into: &listing) { (name) throws(Errno) in
            try entryForListing(name, in: directory.node)
        } isKnown: { inode in
            table.isKnown(inode, in: directory.node)
        }
    }

    public func synchronizeDirectory(_ handle: UInt64, of node: NodeID) throws(Errno) {
        if StatusPage.has(node) { return }
        let directory = try HandleNumber.object(handle, DirectoryHandle.self)
        try directory.synchronize()
        // What is known of uploads goes by the names that this makes durable.
        try synchronizeQueue()
    }

    public func releaseDirectory(_ handle: UInt64, of node: NodeID) {
        if StatusPage.has(node) { return }
        guard let directory = try? HandleNumber.object(handle, DirectoryHandle.self) else { return }
        table.remove(directory, from: directory.node)
        HandleNumber.release(handle, DirectoryHandle.self)
    }

    /// nil for a name that is gone, or that the mount does not show.
    private func entryForListing(_ name: [UInt8], in parent: Node) throws(Errno) -> Entry? {
        try tree.shared { () throws(Errno) in
            do throws(Errno) {
                let path = try bytePath(of: name, in: parent)
                return try entry(try spool.root.attributes(of: path), parent: parent, name: name)
            } catch {
                switch error.code {
                case ENOENT, EPERM, EXDEV: return nil
                default: throw error
                }
            }
        }
    }
}
