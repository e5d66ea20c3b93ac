import FuseBridge
import Glibc
import LinuxIO
import UploadCore

/// The end of writes that do not come through.
///
/// A memory map of a file that is passed through keeps the spool file open, but not the file of the mount: stores go on after the
/// last close. Whether there is such a map, the spool file itself tells (`Descriptor.hasWriters`).
extension UploadFilesystem {
    /// Ends an open file whose writes were not seen.
    /// - Returns: what stands in for memory maps of it, if there may be any.
    func releaseUnseen(_ file: FileHandle) throws(Errno) -> FileHandle? {
        try file.content.lock.exclusive { () throws(Errno) in
            defer {
                _ = table.remove(file)
                leave(file)
            }
            guard table.writers(of: file.node) == 1 else { return nil }
            if file.content.mayBeMapped { return try standIn(for: file) }
            try endUnseenWrites(through: file)
            return nil
        }
    }

    /// Keeps the file open for writing as far as others can tell, without being able to write itself.
    private func standIn(for file: FileHandle) throws(Errno) -> FileHandle {
        let reader = try file.descriptor.reopened(O_RDONLY)
        let map = FileHandle(file.node, file.content, reader, flags: O_RDONLY, isForWriting: true, opener: file.opener)
        map.isStandIn = true
        table.add(map)
        return map
    }

    /// Waits for the end of the maps. Mostly there are none; the kernel may be a moment late, too, with closing the spool file.
    func watch(_ map: FileHandle) {
        if isOver(map) { return }
        maps.withLockedValue { maps in
            maps[ObjectIdentifier(map)] = Task { [weak self] in
                var delay = Duration.milliseconds(1)
                while (try? await Task.sleep(for: delay)) != nil, let self, !self.isOver(map) {
                    delay = min(delay * 2, .seconds(1))
                }
            }
        }
    }

    /// Ends the watch where nobody can write any more, and where somebody else has the file open: he looks for maps at his end.
    private func isOver(_ map: FileHandle) -> Bool {
        let isOver = map.content.lock.exclusive {
            if table.writers(of: map.node) == 1 {
                // The probe has found that the file system gives leases.
                if (try? map.descriptor.hasWriters()) == true { return false }
                do throws(Errno) { try endUnseenWrites(through: map) } catch { logCloseFailure(of: map, error) }
            }
            _ = table.remove(map)
            return true
        }
        if isOver { maps.withLockedValue { $0[ObjectIdentifier(map)] = nil } }
        return isOver
    }

    /// Tells the queue what has become of the file. The caller holds the exclusive side of the content lock.
    private func endUnseenWrites(through file: FileHandle) throws(Errno) {
        let content = file.content
        let closing = try closeExclusively(file, urgent: false)
        if closing != .unchanged, content.mayBeMapped {
            // Stores through a map change times without the kernel's noticing it for the mount.
            agreedPassthrough?.kernel.forgetAttributes(of: file.node.id)
        }
        try tree.shared { () throws(Errno) in
            if !file.node.isRemoved { try tellQueue { try queue.contentIsStill(file.node.fileID) } }
        }
        content.isToldUnseen = false
        content.unseen = nil
        content.mayBeMapped = false
    }

    /// Stops waiting for maps: the queue is about to end, and the next mount looks at these files.
    public func end() {
        let tasks = maps.withLockedValue { maps in
            defer { maps = [:] }
            return Array(maps.values)
        }
        for task in tasks { task.cancel() }
    }
}
