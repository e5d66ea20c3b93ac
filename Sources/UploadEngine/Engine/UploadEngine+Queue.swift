import Checkpoints
import Foundation
import UploadCore

/// What the file system calls.
extension UploadEngine: UploadQueue {
    public func contentWillChange(_ file: FileID, path: SpoolPath, unseen: Bool) throws {
        // Journal first: an upload that begins meanwhile looks there after its ticket can be stopped, so that it sees either.
        try tell(.contentWillChange(file, path: path, unseen: unseen))
        active[file]?.ticket.stop(.contentChanged)
    }

    public func contentMayChange(_ file: FileID) throws {
        try tell(.contentMayChange(file))
        // An upload that begins meanwhile finds the file open for writing.
        active[file]?.ticket.stop(.opened)
    }

    public func writersClosed(_ file: FileID) throws {
        try tell(.writersClosed(file))
    }

    public func contentClosed(_ file: FileID, path: SpoolPath, content: Fingerprint, urgent: Bool) throws {
        try tell(.contentClosed(file, path: path, content: content, urgent: urgent))
        if urgent { try intake.catchUp() }
    }

    public func timesChanged(_ file: FileID, modified: Int64) throws {
        try tell(.timesChanged(file, modified: modified))
    }

    public func renamed(from source: SpoolPath, to target: SpoolPath, isDirectory: Bool, replaced: FileID?) throws {
        try tell(.renamed(from: source, to: target, isDirectory: isDirectory, replaced: replaced))
        if let replaced { active[replaced]?.ticket.stop(.withdrawn) }
    }

    public func exchanged(_ first: SpoolPath, _ second: SpoolPath, id: UInt64) throws {
        try tell(.exchanged(first, second, id: id))
    }

    public func removed(_ file: FileID, path: SpoolPath) throws {
        try tell(.removed(file, path: path))
        active[file]?.ticket.stop(.withdrawn)
    }

    private func tell(_ change: FileEvent.Change) throws {
        try journal.append(FileEvent(time: Milliseconds.now(), change: change))
        journalGrew.signal()
    }

    public func synchronize() throws {
        try journal.synchronize()
    }

    // MARK: Control

    public func control(_ command: ControlCommand, _ scope: UploadScope) throws {
        try intake.catchUp()
        try store.control(command, scope, now: Milliseconds.now())
        if command == .pause || command == .cancel {
            for upload in try uploads(in: scope) { upload.ticket.stop(.withdrawn) }
        }
        due.signal()
        changes.signal()
    }

    public func setPriority(_ priority: Int, _ scope: UploadScope) throws {
        try intake.catchUp()
        try store.setPriority(priority, scope)
    }

    private func uploads(in scope: UploadScope) throws -> [ActiveUploads.Upload] {
        switch scope {
        case .file(let file):
            return active[file].map { [$0] } ?? []
        case .directory(let directory):
            return try active.all.filter { upload in
                try store.record(of: upload.file).map { directory.contains($0.path) } ?? false
            }
        }
    }
}
