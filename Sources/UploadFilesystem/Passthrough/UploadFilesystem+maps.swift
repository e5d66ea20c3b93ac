import FuseBridge
import Glibc
import LinuxIO
import UploadCore

/// The end of writes that do not come through.
///
/// A memory map of a file that is passed through keeps the spool file open, but not the file of the mount: stores go on after the
/// last close. Whether there is such a map, the spool file itself shows (`Descriptor.hasWriters`).
extension UploadFilesystem {
    /// Ends an open file of which writes, its own or others', may not have been seen.
    ///
    /// Where it may still be mapped, it stays among the open files, and counts as a writer, until the maps are gone. Mostly
    /// there are none; the kernel may be a moment late, too, with closing the spool file.
    func releaseUnseen(_ file: FileHandle) {
        leave(file)
        retryUntilEnded(file) { [weak self] () throws(Errno) in try self?.isOver(file) ?? true }
    }

    /// Takes the file from those that are open, unless it may be mapped. Where another program has it open for writing, that one looks
    /// for maps at its end.
    private func isOver(_ file: FileHandle) throws(Errno) -> Bool {
        try file.content.lock.exclusive { () throws(Errno) in
            if table.writers(of: file.node) == 1 {
                // The probe has found that the file system gives leases.
                if file.content.mayBeMapped, (try? file.descriptor.hasWriters()) == true { return false }
                try endUnseenWrites(through: file)
            }
            table.remove(file)
            return true
        }
    }

    /// Reports to the queue what has become of the file. The caller holds the exclusive side of the content lock.
    private func endUnseenWrites(through file: FileHandle) throws(Errno) {
        let content = file.content
        if try closeExclusively(file), content.mayBeMapped {
            // Stores through a map change times without the kernel's noticing it for the mount.
            agreedPassthrough?.kernel.forgetAttributes(of: file.node.id)
        }
        try tree.shared { () throws(Errno) in
            if !file.node.isRemoved { try reportInOrder { try queue.report(.writersClosed(file.node.fileID)) } }
        }
        content.unseenWritesReported = false
        content.unseen = nil
        content.mayBeMapped = false
    }
}
