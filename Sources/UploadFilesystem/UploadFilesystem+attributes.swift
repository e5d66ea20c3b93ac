import FuseBridge
import Glibc
import LinuxIO
import Spool
import UploadCore

/// Attributes of files and of the whole.
extension UploadFilesystem {
    public func attributes(of node: NodeID) throws(Errno) -> Attributes {
        if StatusPage.has(node) { return statusPageAttributes(node) }
        let node = try self.node(node)
        let attributes = attributes(try status(of: node))
        table.repliedAttributes(of: node)
        return attributes
    }

    public func statistics() throws(Errno) -> statvfs {
        try spool.root.fileSystem()
    }

    public func checkAccess(to node: NodeID, _ mask: Int32) throws(Errno) {
        if StatusPage.has(node) {
            if mask & W_OK != 0 { throw Errno(EACCES) }
            return
        }
        let node = try self.node(node)
        try tree.shared { () throws(Errno) in
            if node.isRemoved { return }
            try spool.root.checkAccess(to: node.bytePath(), mask)
        }
    }

    public func change(
        _ changes: AttributeChanges, of node: NodeID, handle: UInt64?, caller: Caller
    ) throws(Errno) -> Attributes {
        let node = try self.node(node)
        let file = try openFile(of: node, handle: handle)
        if changes.user != nil || changes.group != nil {
            try on(file, of: node, { (file) throws(Errno) in try file.setOwner(changes.user, changes.group) }) {
                (path) throws(Errno) in try spool.root.setOwner(changes.user, changes.group, of: path)
            }
        }
        if let mode = changes.mode { try setMode(mode, of: node, file) }
        // An open file that only stands in for the name may be open for reading.
        if let size = changes.size { try truncate(node, handle == nil ? nil : file, to: size, caller: caller) }
        if changes.accessed != nil || changes.modified != nil { try setTimes(changes, of: node, file) }
        let attributes = attributes(try status(of: node, through: file))
        table.repliedAttributes(of: node)
        return attributes
    }

    /// As of now, by name, or through what is open where there is no name any more.
    func status(of node: Node) throws(Errno) -> FileStatus {
        let named = try tree.shared { () throws(Errno) in
            node.isRemoved ? nil : try spool.root.attributes(of: node.bytePath())
        }
        if let named { return named }
        guard let handle = table.anyHandle(of: node) else { throw Errno(ENOENT) }
        return try handle.status()
    }

    private func status(of node: Node, through file: FileHandle?) throws(Errno) -> FileStatus {
        if let file { return try file.status() }
        return try status(of: node)
    }

    /// The open file that a request came through, or that is the only way to reach a file without a name.
    func openFile(of node: Node, handle: UInt64?) throws(Errno) -> FileHandle? {
        if let handle { return try HandleNumber.object(handle, FileHandle.self) }
        return tree.shared { node.isRemoved } ? table.anyHandle(of: node) as? FileHandle : nil
    }

    /// Does something by descriptor where there is one, else by path.
    private func on(
        _ file: FileHandle?, of node: Node, _ byDescriptor: (borrowing Descriptor) throws(Errno) -> Void,
        byPath: (BytePath) throws(Errno) -> Void
    ) throws(Errno) {
        if let file { return try byDescriptor(file.descriptor) }
        let isNamed = try tree.shared { () throws(Errno) in
            if node.isRemoved { return false }
            try byPath(node.bytePath())
            return true
        }
        if !isNamed { try byDescriptor(try removedDirectory(node)) }
    }

    /// A directory without a name, which someone has open.
    func removedDirectory(_ node: Node) throws(Errno) -> Descriptor {
        guard let directory = table.anyHandle(of: node) as? DirectoryHandle else { throw Errno(ENOENT) }
        return try directory.descriptor()
    }

    private func setMode(_ mode: mode_t, of node: Node, _ file: FileHandle?) throws(Errno) {
        if node.isSymbolicLink { throw Errno(EOPNOTSUPP) }
        try on(file, of: node, { (file) throws(Errno) in try file.setMode(mode) }) { (path) throws(Errno) in
            try spool.root.setMode(mode, of: path)
        }
        if let content = node.content { try noteSetID(content, mode) }
    }

    /// - Parameter file: one that is open for writing; nil opens it for this once.
    func truncate(_ node: Node, _ file: FileHandle?, to size: Int64, caller: Caller) throws(Errno) {
        guard let content = node.content else { throw Errno(EISDIR) }
        let target: FileHandle
        if let file {
            target = file
        } else {
            let descriptor = try spoolDescriptor(of: node, O_WRONLY)
            target = FileHandle(node, content, descriptor, flags: O_WRONLY, isForWriting: true, opener: caller)
        }
        try noteSetID(content, try target.status().mode)
        try truncate(target, to: size, caller: caller)
        // truncate(2) opens nothing, so no close follows, unless another program has the file open.
        if file == nil { closeUnlessOpen(target) }
    }

    func truncate(_ file: FileHandle, to size: Int64, caller: Caller) throws(Errno) {
        do throws(Errno) {
            try changeContent(of: file, caller: caller) { () throws(Errno) in
                try file.writing { (file) throws(Errno) in try file.truncate(to: size) }
            }
        } catch {
            // The queue may have been notified of a change, and no close may follow.
            closeUnlessOpen(file)
            throw error
        }
    }

    private func setTimes(_ changes: AttributeChanges, of node: Node, _ file: FileHandle?) throws(Errno) {
        let accessed = TimeChange(changes.accessed)
        let modified = TimeChange(changes.modified)
        let set = { () throws(Errno) in try self.setTimes(accessed, modified, of: node, file) }
        guard let content = node.content, changes.modified != nil else { return try set() }
        try content.lock.exclusive { () throws(Errno) in
            let before = try status(of: node, through: file)
            try settingTimes(of: node, content, set)
            // The close of a file that is dirty reports its times.
            if content.isDirty { return }
            do throws(Errno) {
                try reportTimes(of: node, file)
            } catch {
                // To the queue, a file with times that it does not know is one that has changed.
                let former = (TimeChange.set(before.accessed), TimeChange.set(before.modified))
                try? settingTimes(of: node, content) { () throws(Errno) in try setTimes(former.0, former.1, of: node, file) }
                throw error
            }
        }
    }

    private func setTimes(_ accessed: TimeChange, _ modified: TimeChange, of node: Node, _ file: FileHandle?) throws(Errno) {
        try on(file, of: node, { (file) throws(Errno) in try file.setTimes(accessed: accessed, modified: modified) }) {
            (path) throws(Errno) in try spool.root.setTimes(accessed: accessed, modified: modified, of: path)
        }
    }

    private func reportTimes(of node: Node, _ file: FileHandle?) throws(Errno) {
        let modified = try status(of: node, through: file).modifiedNanoseconds
        try tree.shared { () throws(Errno) in
            if node.isRemoved { return }
            try reportInOrder { try queue.report(.timesChanged(node.fileID, modified: modified)) }
        }
    }
}

extension TimeChange {
    init(_ change: AttributeChanges.Time?) {
        switch change {
        case nil: self = .keep
        case .now: self = .now
        case .at(let time): self = .set(time)
        }
    }
}
