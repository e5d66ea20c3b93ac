import Checkpoints
import UploadCore
import Uploading

/// What the file system calls.
extension UploadEngine: UploadQueue {
    public func report(_ change: FileEvent.Change) throws {
        // Journal first: an upload that begins meanwhile looks there after its ticket can be stopped, so that it sees either.
        try journal.append(FileEvent(time: nextEventTime(), change: change))
        journalGrew.signal()
        switch change {
        case .contentWillChange(let file, _, _): active[file]?.ticket.stop(.contentChanged)
        // An upload that begins meanwhile finds the file open for writing.
        case .contentMayChange(let file): active[file]?.ticket.stop(.opened)
        case .renamed(_, _, _, _, let replaced?): active[replaced]?.ticket.stop(.withdrawn)
        case .removed(let file, _): active[file]?.ticket.stop(.withdrawn)
        case .control(let command, let scope): try stop(command, scope)
        case .writersClosed, .contentClosed, .timesChanged, .renamed, .exchanged, .priority: break
        }
    }

    /// Later than that of every event before: a file's first generation is the time of its first event, and must be above every
    /// generation of a removed file that had the same inode number.
    private func nextEventTime() -> Int64 {
        let now = EngineClock.now()
        return lastEventTime.withLockedValue { last in
            last = max(now, last + 1)
            return last
        }
    }

    public func synchronize() throws {
        try journal.synchronize()
    }

    /// Lets a command take effect on what is being sent. What has not begun is taken care of by the intake.
    private func stop(_ command: ControlCommand, _ scope: UploadScope) throws {
        if command == .pause || command == .cancel {
            for upload in active.all where try isIn(scope, upload) { upload.ticket.stop(.withdrawn) }
        }
        if command == .retry, case .directory(let directory) = scope, directory.isRoot { try store.forgetLostRemovals() }
        // Few files are done with at once; many by and by.
        _ = try intake.catchUpBriefly()
        due.signal()
        changes.signal()
    }

    private func isIn(_ scope: UploadScope, _ upload: ActiveUploads.Upload) throws -> Bool {
        switch scope {
        case .file(let file): upload.file == file
        case .directory(let directory): try store.upload(of: upload.file).map { directory.contains($0.path) } ?? false
        }
    }
}
