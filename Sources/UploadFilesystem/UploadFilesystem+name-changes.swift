import Glibc
import LinuxIO
import Logging
import NIOConcurrencyHelpers
import Spool
import UploadCore

/// The note that covers a change of names. The spool changes first, the queue is told after it, and the note covers the moment
/// between the two (see `NameIntent`). All of it under the exclusive side of the tree lock, so that the queue hears of names in
/// the order in which the tree changed, and of a removed file before its inode number can belong to a new one.
extension UploadFilesystem {
    func carryOut(_ change: FileEvent.Change, _ body: () throws(Errno) -> Void) throws(Errno) {
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

    private func tell(_ change: FileEvent.Change) throws(Errno) {
        try tellQueue { try queue.report(change) }
    }

    /// Tells the queue of the change of names that a killed process left half done, if the spool shows it.
    func finishNameChange() throws(Errno) {
        guard let change = try spool.intent.unfinished() else { return }
        let hasHappened =
            switch change {
            case .renamed(let file, _, let target, _, _), .exchanged(let file, _, let target, _):
                try statusUnlessAbsent(target)?.inode == file.inode
            case .removed(let file, let path): try statusUnlessAbsent(path)?.inode != file.inode
            default: false
            }
        if hasHappened { try tell(change) }
        try spool.intent.erase()
    }

    func statusUnlessAbsent(_ path: SpoolPath) throws(Errno) -> FileStatus? {
        do throws(Errno) {
            return try spool.root.attributes(of: BytePath(path.bytes))
        } catch {
            if error.code == ENOENT { return nil }
            throw error
        }
    }
}
