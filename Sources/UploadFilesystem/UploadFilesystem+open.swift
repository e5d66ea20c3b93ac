import FuseBridge
import Glibc
import LinuxIO
import Spool
import UploadCore

/// Opening and creating regular files.
extension UploadFilesystem {
    public func open(_ node: NodeID, flags: Int32, caller: Caller) throws(Errno) -> OpenedFile {
        if StatusPage.has(node) { return try openStatusPage(node, flags: flags) }
        let node = try self.node(node)
        guard let content = node.content else { throw Errno(EINVAL) }
        let descriptor = try spoolDescriptor(of: node, ownFlags(flags))
        let handle = FileHandle(
            node, content, descriptor, flags: flags, isForWriting: flags & O_ACCMODE != O_RDONLY, opener: caller)
        if handle.isForWriting { try noteSetID(content, try handle.status().mode) }
        return try opened(handle) { () throws(Errno) in
            if flags & O_TRUNC != 0 { try truncate(node, handle.isForWriting ? handle : nil, to: 0, caller: caller) }
        }
    }

    /// With passthrough the kernel opens the spool file as it was asked to, and the mount's own descriptor is for looking at it.
    private func ownFlags(_ flags: Int32) -> Int32 {
        agreedPassthrough == nil ? flags & FileHandle.flagsKept : O_RDONLY
    }

    /// Opens a node's file in the spool once more. What has no name any more is still reached through /proc/PID/fd, as long as
    /// someone has it open.
    func spoolDescriptor(of node: Node, _ flags: Int32) throws(Errno) -> Descriptor {
        let named = try tree.shared { () throws(Errno) -> Descriptor? in
            node.isRemoved ? nil : try spool.root.open(node.bytePath(), flags)
        }
        if let named { return named }
        guard let open = table.anyHandle(of: node) as? FileHandle else { throw Errno(ENOENT) }
        return try open.descriptor.reopened(flags)
    }

    /// A new file counts as changed from the start: it is uploaded after its first close even if it stays empty.
    ///
    /// The queue is notified last: whatever fails before leaves nothing that it would wait for. What a process that is killed in
    /// between leaves is removed by the next one (see `CreationNotes`).
    public func create(
        _ name: [UInt8], in parent: NodeID, mode: mode_t, flags: Int32, caller: Caller
    ) throws(Errno) -> (entry: Entry, file: OpenedFile) {
        let parentNode = try node(parent)
        var note: Int?
        defer { if let note { spool.creations.erase(note) } }
        let made: (entry: Entry, handle: FileHandle)
        do throws(Errno) {
            made = try tree.shared { () throws(Errno) in
                note = spool.creations.note(try path(of: name, in: parentNode))
                return try createFile(name, in: parentNode, mode: mode, flags: flags, caller: caller)
            }
        } catch {
            guard error.code == EEXIST, flags & O_EXCL == 0 else { throw error }
            return try openExisting(name, in: parent, flags: flags, caller: caller)
        }
        do throws(Errno) {
            return (made.entry, try opened(new: made.handle))
        } catch {
            removeNew(made.handle.node)
            forget(made.entry.node, lookups: 1)
            throw error
        }
    }

    /// Removes the files that a killed process had made and of which neither a program nor the queue knows.
    func removeUnconfirmedFiles() throws(Errno) {
        for path in try spool.creations.takeUnfinished() {
            guard let status = try statusUnlessAbsent(path), status.mode & S_IFMT == S_IFREG, status.size == 0, status.links == 1 else { continue }
            let isKnown = (try? queue.status(of: FileID(inode: status.inode)) != nil) ?? true
            if !isKnown { try? spool.root.removeFile(BytePath(path.bytes)) }
        }
    }

    /// The caller holds the tree lock.
    private func createFile(
        _ name: [UInt8], in parent: Node, mode: mode_t, flags: Int32, caller: Caller
    ) throws(Errno) -> (entry: Entry, handle: FileHandle) {
        let path = try bytePath(of: name, in: parent)
        let descriptor = try spool.root.open(path, ownFlags(flags) | O_CREAT | O_EXCL, mode: mode & 0o7777)
        do throws(Errno) {
            var status = try descriptor.attributes()
            if let (user, group) = owner(for: caller, of: status) {
                try descriptor.setOwner(user, group)
                // A new owner takes these bits away, which the caller may well ask for.
                if status.mode & (S_ISUID | S_ISGID) != 0 { try descriptor.setMode(status.mode & 0o7777) }
                status = try descriptor.attributes()
            }
            let entry = try entry(status, parent: parent, name: name)
            guard let node = table.node(entry.node), let content = node.content else { throw Errno(EIO) }
            let mayLoseSetID = mayLoseSetID(status.mode)
            content.markNew(mayHaveSetID: mayLoseSetID, unseenWritesReported: !mayLoseSetID && agreedPassthrough != nil)
            // Making it is a change, whose end the close reports, whatever the file was opened for.
            return (entry, FileHandle(node, content, descriptor, flags: flags, isForWriting: true, opener: caller))
        } catch {
            try? spool.root.removeFile(path)
            throw error
        }
    }

    /// Opens a file that was just created. The kernel locks its directory until the reply, so that no other program can
    /// find or rename the file; only the path of the directory may change.
    private func opened(new file: FileHandle) throws(Errno) -> OpenedFile {
        try enter(file)
        table.add(file)
        do throws(Errno) {
            try expectUnseenWrites(through: file)
            let isUnseen = file.content.lock.shared { file.content.unseenWritesReported }
            try tree.shared { () throws(Errno) in
                try reportInOrder { try queue.report(.contentWillChange(file.node.fileID, path: file.node.path, unseen: isUnseen)) }
            }
        } catch {
            leave(file)
            table.remove(file)
            throw error
        }
        return OpenedFile(handle: HandleNumber.retain(file), mode: file.mode, receivesFlush: file.isForWriting)
    }

    /// Removes a new file of which neither the queue nor any program knows.
    private func removeNew(_ node: Node) {
        tree.exclusive {
            try? spool.root.removeFile(node.bytePath())
            table.remove(node)
        }
    }

    private func openExisting(
        _ name: [UInt8], in parent: NodeID, flags: Int32, caller: Caller
    ) throws(Errno) -> (entry: Entry, file: OpenedFile) {
        let entry = try lookup(name, in: parent)
        if entry.isAbsent { throw Errno(ENOENT) }
        do throws(Errno) {
            return (entry, try open(entry.node, flags: flags, caller: caller))
        } catch {
            forget(entry.node, lookups: 1)
            throw error
        }
    }

    /// - Parameter change: what the opening itself changes.
    private func opened(_ file: FileHandle, _ change: () throws(Errno) -> Void = {}) throws(Errno) -> OpenedFile {
        try enter(file)
        table.add(file)
        do throws(Errno) {
            try change()
            try expectUnseenWrites(through: file)
        } catch {
            // The queue may have been notified of a change already, and has to be of its end.
            end(file)
            throw error
        }
        return OpenedFile(handle: HandleNumber.retain(file), mode: file.mode, receivesFlush: file.isForWriting)
    }

    /// A write by any user but root takes these bits away. A daemon that is not root leaves that to the spool's file system,
    /// which does it when the daemon writes.
    func mayLoseSetID(_ mode: mode_t) -> Bool {
        effectiveUser == 0 && mode & (S_ISUID | S_ISGID) != 0
    }

    func noteSetID(_ content: FileContent, _ mode: mode_t) throws(Errno) {
        guard mayLoseSetID(mode) else { return }
        content.lock.exclusive { content.mayHaveSetID = true }
    }
}

extension mode_t {
    /// What a write leaves of a mode. Set-group-ID without group execution is no privilege; it stays where the writer is of the
    /// file's group, as on a local disk. Of the writer's groups only the first is known.
    func withoutSetID(forGroup isOfGroup: Bool) -> mode_t {
        self & ~S_ISUID & ~(self & S_IXGRP != 0 || !isOfGroup ? S_ISGID : 0)
    }
}
