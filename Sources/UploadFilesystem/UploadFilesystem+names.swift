import FuseBridge
import Glibc
import LinuxIO
import Spool
import UploadCore

/// Finding and making names.
extension UploadFilesystem {
    public func lookup(_ name: [UInt8], in parent: NodeID) throws(Errno) -> Entry {
        if let page = statusPageEntry(name, in: parent) { return page }
        if StatusPage.has(parent) { return .absent(timeout: 0) }
        let parent = try node(parent)
        return try tree.shared { () throws(Errno) in
            let path = try bytePath(of: name, in: parent)
            do throws(Errno) {
                return try entry(try spool.root.attributes(of: path), parent: parent, name: name)
            } catch {
                if error.code == ENOENT { return .absent(timeout: Self.timeout) }
                throw error
            }
        }
    }

    public func forget(_ node: NodeID, lookups: UInt64) {
        table.forget(node, lookups: lookups)
    }

    public func makeDirectory(_ name: [UInt8], in parent: NodeID, mode: mode_t, caller: Caller) throws(Errno) -> Entry {
        try make(name, in: parent, caller: caller) { (path) throws(Errno) in
            try spool.root.makeDirectory(path, mode: mode)
        } undo: { (path) throws(Errno) in
            try spool.root.removeDirectory(path)
        }
    }

    public func makeSymbolicLink(
        _ name: [UInt8], in parent: NodeID, to target: [UInt8], caller: Caller
    ) throws(Errno) -> Entry {
        try make(name, in: parent, caller: caller) { (path) throws(Errno) in
            try spool.root.makeSymbolicLink(path, to: BytePath(target))
        } undo: { (path) throws(Errno) in
            try spool.root.removeFile(path)
        }
    }

    public func symbolicLinkTarget(of node: NodeID) throws(Errno) -> [UInt8] {
        let node = try self.node(node)
        return try tree.shared { () throws(Errno) in
            if node.isRemoved { throw Errno(ENOENT) }
            return try spool.root.symbolicLinkTarget(of: node.bytePath())
        }
    }

    /// Only regular files: a device or a pipe has no content that could be uploaded.
    public func makeNode(_ name: [UInt8], in parent: NodeID, mode: mode_t, caller: Caller) throws(Errno) -> Entry {
        guard mode & S_IFMT == S_IFREG || mode & S_IFMT == 0 else { throw Errno(EPERM) }
        let (entry, file) = try create(name, in: parent, mode: mode & 0o7777, flags: O_WRONLY | O_EXCL, caller: caller)
        // Closing the new file is what reports it to the queue.
        release(file.handle, of: entry.node)
        return entry
    }

    private func make(
        _ name: [UInt8], in parent: NodeID, caller: Caller, _ body: (BytePath) throws(Errno) -> Void,
        undo: (BytePath) throws(Errno) -> Void
    ) throws(Errno) -> Entry {
        let parent = try node(parent)
        return try tree.shared { () throws(Errno) in
            let path = try bytePath(of: name, in: parent)
            try body(path)
            do throws(Errno) {
                var status = try spool.root.attributes(of: path)
                if let (user, group) = owner(for: caller, of: status) {
                    try spool.root.setOwner(user, group, of: path)
                    status = try spool.root.attributes(of: path)
                }
                return try entry(status, parent: parent, name: name)
            } catch {
                // What the caller takes for absent must not be there. The kernel lets no one else see it before the reply.
                try? undo(path)
                throw error
            }
        }
    }

    /// The owner that a new file needs to belong to the caller; nil where it does already. A group that differs from the
    /// daemon's own is inherited from a set-group-ID directory, and stays.
    func owner(for caller: Caller, of status: FileStatus) -> (user: uid_t?, group: gid_t?)? {
        guard effectiveUser == 0 else { return nil }
        let user = status.user == caller.user ? nil : caller.user
        let group = status.group != effectiveGroup || status.group == caller.group ? nil : caller.group
        return user == nil && group == nil ? nil : (user, group)
    }
}
