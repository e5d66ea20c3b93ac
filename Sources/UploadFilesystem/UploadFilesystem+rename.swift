import FuseBridge
import Glibc
import LinuxIO
import Spool
import UploadCore

/// Renaming, and exchanging names.
extension UploadFilesystem {
    public func rename(_ change: RenameChange, request: consuming Request) {
        do throws(Errno) {
            let files = change.flags == Self.exchanging ? try exchange(change) : try move(change)
            var contents: [ClosedContent] = []
            for file in files { if let content = try contentToAwait(ofRenamed: file) { contents.append(content) } }
            reply(to: request, whenUploaded: contents)
        } catch {
            request.fail(error)
        }
    }

    /// RENAME_NOREPLACE and RENAME_EXCHANGE of <linux/fs.h>.
    private static let notReplacing: UInt32 = 1
    private static let exchanging: UInt32 = 2

    /// Returns the files whose upload the caller has to wait for: with close=upload, one that was held back under its former
    /// name, for which close() did not wait.
    private func move(_ change: RenameChange) throws(Errno) -> [FileID] {
        guard change.flags & ~Self.notReplacing == 0 else { throw Errno(EINVAL) }
        let parent = try node(change.parent)
        let newParent = try node(change.newParent)
        let held = heldFiles([(change.name, parent)])
        return try tree.exclusive { () throws(Errno) in
            let source = try path(of: change.name, in: parent)
            let target = try path(of: change.newName, in: newParent)
            let status = try spool.root.attributes(of: BytePath(source.bytes))
            let former = try statusUnlessAbsent(target)
            if former?.inode == status.inode { return [] }
            let file = FileID(inode: status.inode)
            let rename = { () throws(Errno) in
                try self.spool.root.rename(BytePath(source.bytes), to: BytePath(target.bytes), flags: change.flags)
                if let former { self.dropName(of: FileID(inode: former.inode)) }
                guard let node = self.table.node(of: file) else { return }
                self.table.move(node, to: newParent, name: change.newName)
            }
            let replaced = former.flatMap { $0.isRegularFile ? FileID(inode: $0.inode) : nil }
            if status.isRegularFile || status.isDirectory {
                let isDirectory = status.isDirectory
                try carryOut(
                    .renamed(file, from: source, to: target, isDirectory: isDirectory, replaced: replaced), rename)
            } else if let replaced {
                try carryOut(.removed(replaced, path: target), rename)
            } else {
                try rename()
            }
            return held.contains(file) ? [file] : []
        }
    }

    /// What has the two names, of whatever kinds, swaps them in one step. Returns the same as `move`.
    private func exchange(_ change: RenameChange) throws(Errno) -> [FileID] {
        let parents = (try node(change.parent), try node(change.newParent))
        let held = heldFiles([(change.name, parents.0), (change.newName, parents.1)])
        return try tree.exclusive { () throws(Errno) in
            let first = try path(of: change.name, in: parents.0)
            let second = try path(of: change.newName, in: parents.1)
            let statuses = (
                try spool.root.attributes(of: BytePath(first.bytes)), try spool.root.attributes(of: BytePath(second.bytes))
            )
            if statuses.0.inode == statuses.1.inode { return [] }
            let files = (FileID(inode: statuses.0.inode), FileID(inode: statuses.1.inode))
            let moved = [files.0, files.1].filter(held.contains)
            try carryOut(.exchanged(files.0, first, second, id: .random(in: 1 ... .max))) { () throws(Errno) in
                try spool.root.rename(BytePath(first.bytes), to: BytePath(second.bytes), flags: Self.exchanging)
                let nodes = (table.node(of: files.0), table.node(of: files.1))
                if let node = nodes.0 { table.move(node, to: parents.1, name: change.newName) }
                if let node = nodes.1 { table.move(node, to: parents.0, name: change.name) }
            }
            return moved
        }
    }

    /// The files of these names that wait for a rename, with close=upload. The queue is asked without the tree lock: it may have to
    /// wait for the disk, and lookups must not.
    private func heldFiles(_ names: [(name: [UInt8], parent: Node)]) -> Set<FileID> {
        guard options.closeWaits else { return [] }
        let files = names.compactMap { name, parent in
            try? tree.shared { () throws(Errno) in
                let status = try spool.root.attributes(of: BytePath(try path(of: name, in: parent).bytes))
                return status.isRegularFile ? FileID(inode: status.inode) : nil
            }
        }
        return Set(files.compactMap { $0 }.filter { (try? queue.status(of: $0))?.state == .held })
    }

    /// A file that was held back under its former name is uploaded at once. Not one that is being written again, whose close will wait;
    /// nor one of which this process has seen no close: it may be a fragment.
    private func contentToAwait(ofRenamed file: FileID) throws(Errno) -> ClosedContent? {
        guard let node = table.node(of: file), let content = node.content else { return nil }
        return try content.lock.exclusive { () throws(Errno) in
            let open = table.anyHandle(of: node) as? FileHandle
            try noticeUnseenWrites(to: node, through: open)
            if content.isDirty || content.closes == 0 { return nil }
            let fingerprint = if let open { try steadyContent(of: open) } else { Fingerprint(try status(of: node)) }
            guard try reportClosed(node, content, fingerprint, urgent: true) else { return nil }
            return try withQueueErrors { try queue.closedContent(of: file) }
        }
    }
}
