import Checkpoints
import NIOConcurrencyHelpers
import UploadCore

/// Waiting until something is uploaded.
extension UploadEngine {
    /// A directory's sum costs time by the files below it, so that it is not taken more often than this.
    private static let directoryInterval: Duration = .milliseconds(100)

    public func waitUntilUploaded(_ scope: UploadScope) async throws {
        try await waitUntilScanned()
        switch scope {
        case .file(let file): try await wait(for: file)
        case .directory(let directory): try await wait(below: directory)
        }
    }

    public func closedContent(of file: FileID) throws -> ClosedContent? {
        try intake.catchUp()
        return try store.record(of: file).map { ClosedContent(file: file, generation: $0.generation) }
    }

    public func waitUntilUploaded(_ content: ClosedContent) async throws {
        try await waitUntilScanned()
        try await whenChanged(content.file) { record in
            // It may have been uploaded, and the file have changed since.
            if record.generation > content.generation, record.remoteGeneration ?? .min >= content.generation { return true }
            // A later content that nobody waits for would not go up before the file is closed, perhaps by the one who waits here.
            if record.state == .open || (record.generation > content.generation && !record.urgent) { throw Self.changedAgain }
            // Nor would this one, if a rename has it go up once more.
            if !record.urgent, try store.makeUrgent(content, now: Milliseconds.now()) { due.signal() }
            return false
        }
    }

    /// After the loss of the database its rows come back one by one: what has none yet is not uploaded.
    private func waitUntilScanned() async throws {
        while true {
            let version = changes.version
            if isScanned.withLockedValue({ $0 }) { return }
            await changes.wait(after: version)
            try Task.checkCancellation()
        }
    }

    private func wait(for file: FileID) async throws {
        var wasClosed = false
        try await whenChanged(file) { record in
            if record.state == .open, wasClosed { throw Self.changedAgain }
            wasClosed = wasClosed || record.state != .open
            return false
        }
    }

    private static let changedAgain = UploadError(.contentChanged, "the file was changed again before it was uploaded")

    /// Looks at a file's row, now and whenever it may have changed, until it is uploaded or stuck, or `isOver` says so.
    private func whenChanged(_ file: FileID, isOver: (UploadRecord) throws -> Bool) async throws {
        while true {
            let version = changes.version
            try intake.catchUp()
            guard let record = try store.record(of: file) else {
                throw UploadError(.cancelled, "the file was removed before it was uploaded")
            }
            if record.state == .uploaded { return }
            try throwIfTerminal(record)
            if try isOver(record) { return }
            await changes.wait(after: version)
            try Task.checkCancellation()
        }
    }

    /// An error that does not go away by itself ends the wait, although the upload may be tried again later.
    private func throwIfTerminal(_ record: UploadRecord) throws(UploadError) {
        switch record.state {
        case .held: throw UploadError(.held, record.error ?? "the file is held back")
        case .paused: throw UploadError(.paused, "the upload is paused")
        case .failed: throw UploadError(record.errorCode ?? .rejected, record.error ?? "the upload failed")
        case .waiting:
            guard let code = record.errorCode, [.credentials, .quota].contains(code.disposition) else { return }
            throw UploadError(code, record.error ?? "the upload is refused")
        case .open, .settling, .queued, .uploading, .uploaded: return
        }
    }

    private func wait(below directory: SpoolPath) async throws {
        while true {
            let version = changes.version
            let begin = ContinuousClock.now
            let tree = try status(below: directory)
            let tasks = directory.isRoot ? try store.remoteTaskCount() : 0
            if tree.filesUploaded == tree.filesTotal, tasks == 0 { return }
            for record in try store.stopped(below: directory, limit: 100) { try throwIfTerminal(record) }
            await changes.wait(after: version)
            try Task.checkCancellation()
            // The last change is answered at once, if it comes alone.
            try await Task.sleep(until: begin + Self.directoryInterval, clock: .continuous)
        }
    }
}
