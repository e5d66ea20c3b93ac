import FuseBridge
import Glibc
import LinuxIO
import Logging
import NIOConcurrencyHelpers
import Spool
import UploadCore

/// Removing and renaming. The spool changes first, the queue is told after it, and a note covers the moment between the two
/// (see `NameIntent`). All of it under the exclusive side of the tree lock, so that the queue hears of names in the order in
/// which the tree changed, and of a removed file before its inode number can belong to a new one.
extension UploadFilesystem {
    public func removeFile(_ name: [UInt8], in parent: NodeID) throws(Errno) {
        let parent = try node(parent)
        try tree.exclusive { () throws(Errno) in
            let path = try path(of: name, in: parent)
            let status = try spool.root.attributes(of: BytePath(path.bytes))
            let file = FileID(inode: status.inode)
            guard status.isRegularFile else {
                try spool.root.removeFile(BytePath(path.bytes))
                return dropName(of: file)
            }
            try carryOut(.remove(file: file, path: path)) { () throws(Errno) in
                try spool.root.removeFile(BytePath(path.bytes))
                dropName(of: file)
            }
        }
    }

    public func removeDirectory(_ name: [UInt8], in parent: NodeID) throws(Errno) {
        let parent = try node(parent)
        try tree.exclusive { () throws(Errno) in
            let path = BytePath(try path(of: name, in: parent).bytes)
            let status = try spool.root.attributes(of: path)
            try spool.root.removeDirectory(path)
            dropName(of: FileID(inode: status.inode))
        }
    }

    public func rename(_ change: RenameChange, request: consuming Request) {
        do throws(Errno) {
            guard let file = try move(change) else { return request.succeed() }
            let queue = queue
            request.answerLater { await Self.outcome { try await queue.waitUntilUploaded(.file(file)) } }
        } catch {
            request.fail(error)
        }
    }

    /// Returns the file whose upload the caller has to wait for, if any: with close=upload, one that was held back under its
    /// former name, for which close() did not wait.
    private func move(_ change: RenameChange) throws(Errno) -> FileID? {
        guard change.flags & ~Self.renameNoReplace == 0 else { throw Errno(EINVAL) }
        let parent = try node(change.parent)
        let newParent = try node(change.newParent)
        return try tree.exclusive { () throws(Errno) in
            let source = try path(of: change.name, in: parent)
            let target = try path(of: change.newName, in: newParent)
            let status = try spool.root.attributes(of: BytePath(source.bytes))
            let former = try statusUnlessAbsent(target)
            if former?.inode == status.inode { return nil }
            let file = FileID(inode: status.inode)
            let wasHeld = options.closeWaits && status.isRegularFile && isHeld(file)
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
                    .rename(file: file, from: source, to: target, isDirectory: isDirectory, replaced: replaced), rename)
            } else if let replaced {
                try carryOut(.remove(file: replaced, path: target), rename)
            } else {
                try rename()
            }
            guard wasHeld else { return nil }
            try tellQueue { try queue.contentClosed(file, path: target, content: Fingerprint(status), urgent: true) }
            return file
        }
    }

    private static let renameNoReplace: UInt32 = 1

    private func statusUnlessAbsent(_ path: SpoolPath) throws(Errno) -> FileStatus? {
        do throws(Errno) {
            return try spool.root.attributes(of: BytePath(path.bytes))
        } catch {
            if error.code == ENOENT { return nil }
            throw error
        }
    }

    private func isHeld(_ file: FileID) -> Bool {
        (try? queue.status(of: file))?.state == .held
    }

    private func dropName(of file: FileID) {
        if let node = table.node(of: file) { table.remove(node) }
    }
}

/// The note that covers a change of names.
extension UploadFilesystem {
    private func carryOut(_ change: NameIntent.Change, _ body: () throws(Errno) -> Void) throws(Errno) {
        if let earlier = untold.withLockedValue({ $0 }) {
            try tell(earlier)
            untold.withLockedValue { $0 = nil }
        }
        try spool.intent.note(change)
        do throws(Errno) {
            try body()
        } catch {
            try spool.intent.erase()
            throw error
        }
        do throws(Errno) {
            try tell(change)
            try spool.intent.erase()
        } catch {
            // The names have changed, so the caller hears of no error. The queue is told before the next change, or, the
            // note being still there, by the next mount.
            untold.withLockedValue { $0 = change }
            logger.warning("The queue could not be told of a change of names", metadata: ["error": "\(error)"])
        }
    }

    private func tell(_ change: NameIntent.Change) throws(Errno) {
        try tellQueue {
            switch change {
            case .rename(_, let source, let target, let isDirectory, let replaced):
                try queue.renamed(from: source, to: target, isDirectory: isDirectory, replaced: replaced)
            case .remove(let file, let path):
                try queue.removed(file, path: path)
            }
        }
    }

    /// Tells the queue of the change of names that a killed process left half done, if the spool shows it.
    func finishNameChange() throws(Errno) {
        guard let change = try spool.intent.unfinished() else { return }
        let hasHappened =
            switch change {
            case .rename(let file, _, let target, _, _): try statusUnlessAbsent(target)?.inode == file.inode
            case .remove(let file, let path): try statusUnlessAbsent(path)?.inode != file.inode
            }
        if hasHappened { try tell(change) }
        try spool.intent.erase()
    }
}
