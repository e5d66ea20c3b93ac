import Checkpoints
import UploadCore

/// The ledger of copies at the service: remote tasks that are due when a copy fails, or when the process ends before it does.
struct CopyLedger: SessionLedger {
    let store: CheckpointStore

    func beginning(_ begin: SessionBegin) throws(UploadError) {
        try record { try store.beginning(begin) }
    }

    func beginFailed(_ begin: SessionBegin, mayExist: Bool) throws(UploadError) {
        try record { try store.beginFailed(begin, mayExist: mayExist, now: Milliseconds.now()) }
    }

    func opened(_ session: UploadSession, by begin: SessionBegin) throws(UploadError) {
        try record { try store.copyOpened(session, by: begin) }
    }

    func ended(_ session: UploadSession, isGone: Bool) throws(UploadError) {
        try record { try store.copyEnded(session, isGone: isGone) }
    }

    /// Without its record nothing is begun: the upload comes back when the disk takes records again.
    private func record(_ change: () throws -> Void) throws(UploadError) {
        do {
            try change()
        } catch {
            throw UploadError(.cancelled, "the local checkpoint database failed: \(error)")
        }
    }
}
