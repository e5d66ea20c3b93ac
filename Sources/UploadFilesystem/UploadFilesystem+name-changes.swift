import Glibc
import LinuxIO
import Logging
import NIOConcurrencyHelpers
import Spool
import UploadCore

/// The note that covers a change of names. The spool changes first, then the queue is notified, and the note covers the moment
/// between the two (see `NameIntent`). All of it under the exclusive side of the tree lock, so that the queue receives names in
/// the order in which the tree changed, and of a removed file before its inode number can belong to a new one.
extension UploadFilesystem {
    func carryOut(_ change: FileEvent.Change, _ body: () throws(Errno) -> Void) throws(Errno) {
        try reportPending()
        try spool.intent.note(change)
        do throws(Errno) {
            try body()
        } catch {
            try spool.intent.erase()
            throw error
        }
        do throws(Errno) {
            try report(change)
        } catch {
            // The names have changed, so the caller gets no error.
            logger.error(
                "a change of names cannot be recorded yet; retrying until the disk accepts it", metadata: ["error": "\(error)"])
            return reportLater(change)
        }
        try spool.intent.erase()
    }

    /// Notifies the queue of a change of names as soon as the disk allows it: before anything else that it is notified of. Until then
    /// the note is there, for the next mount.
    private func reportLater(_ change: FileEvent.Change) {
        unreported.withLockedValue { $0 = change }
        retry { [weak self] () throws(Errno) in
            guard let self else { return true }
            try self.tree.shared { () throws(Errno) in try self.reportPending() }
            return true
        }
    }

    /// The caller holds the tree lock.
    private func reportPending() throws(Errno) {
        let outcome = unreported.withLockedValue { change -> Result<Void, Errno> in
            guard let earlier = change else { return .success(()) }
            return Result { () throws(Errno) in
                try report(earlier)
                change = nil
                try spool.intent.erase()
            }
        }
        try outcome.get()
    }

    /// Notifies the queue of what happened to a file, after the change of names that came before. The caller holds the tree lock.
    func reportInOrder(_ call: () throws -> Void) throws(Errno) {
        try reportPending()
        try withQueueErrors(call)
    }

    private func report(_ change: FileEvent.Change) throws(Errno) {
        try withQueueErrors { try queue.report(change) }
    }

    /// Reports the change of names that a killed process left half done, if the spool shows it.
    func finishNameChange() throws(Errno) {
        guard let change = try spool.intent.unfinished() else { return }
        let hasHappened =
            switch change {
            case .renamed(let file, _, let target, _, _), .exchanged(let file, _, let target, _):
                try statusUnlessAbsent(target)?.inode == file.inode
            case .removed(let file, let path): try statusUnlessAbsent(path)?.inode != file.inode
            default: false
            }
        if hasHappened {
            do throws(Errno) {
                try report(change)
            } catch {
                // A full disk must not stop the mount.
                return reportLater(change)
            }
        }
        try spool.intent.erase()
    }

    func statusUnlessAbsent(_ path: SpoolPath) throws(Errno) -> FileStatus? {
        do throws(Errno) {
            return try spool.root.attributes(of: BytePath(path.bytes))
        } catch {
            if [ENOENT, ENOTDIR, ENAMETOOLONG].contains(error.code) { return nil }
            throw error
        }
    }
}
