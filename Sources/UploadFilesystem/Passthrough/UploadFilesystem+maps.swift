import FuseBridge
import Glibc
import LinuxIO
import UploadCore

/// The end of writes that do not come through.
///
/// A memory map of a file that is passed through keeps the spool file open, but not the file of the mount: stores go on after the
/// last close. Whether there is such a map, the spool file itself tells (`Descriptor.hasWriters`).
extension UploadFilesystem {
    /// Ends an open file of which writes, its own or others', may not have been seen.
    ///
    /// Where it may still be mapped, it stays among the open files, and counts as a writer, until the maps are gone. Mostly
    /// there are none; the kernel may be a moment late, too, with closing the spool file.
    func releaseUnseen(_ file: FileHandle) {
        leave(file)
        if isOver(file) { return }
        maps.withLockedValue { maps in
            maps[ObjectIdentifier(file)] = Task { [weak self] in
                var delay = Duration.milliseconds(1)
                while (try? await Task.sleep(for: delay)) != nil, let self, !self.isOver(file) {
                    delay = min(delay * 2, .seconds(1))
                }
            }
        }
    }

    /// Takes the file from those that are open, unless it may be mapped. Where somebody else has it open for writing, he looks
    /// for maps at his end.
    private func isOver(_ file: FileHandle) -> Bool {
        let isOver = file.content.lock.exclusive {
            if table.writers(of: file.node) == 1 {
                // The probe has found that the file system gives leases.
                if file.content.mayBeMapped, (try? file.descriptor.hasWriters()) == true { return false }
                do throws(Errno) { try endUnseenWrites(through: file) } catch { logCloseFailure(of: file, error) }
            }
            _ = table.remove(file)
            return true
        }
        if isOver { maps.withLockedValue { $0[ObjectIdentifier(file)] = nil } }
        return isOver
    }

    /// Tells the queue what has become of the file. The caller holds the exclusive side of the content lock.
    private func endUnseenWrites(through file: FileHandle) throws(Errno) {
        let content = file.content
        if try closeExclusively(file), content.mayBeMapped {
            // Stores through a map change times without the kernel's noticing it for the mount.
            agreedPassthrough?.kernel.forgetAttributes(of: file.node.id)
        }
        try tree.shared { () throws(Errno) in
            if !file.node.isRemoved { try tellQueue { try queue.report(.writersClosed(file.node.fileID)) } }
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
