import Checkpoints
import NIOConcurrencyHelpers
import UploadCore

/// Waiting until something is uploaded.
extension UploadEngine {
    /// Every upload that ends may be the last one; while many do, the sums are not looked at more often than this.
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
        return try store.upload(of: file).map { ClosedContent(file: file, generation: $0.generation) }
    }

    public func waitUntilUploaded(_ content: ClosedContent) async throws {
        try await waitUntilScanned()
        try await whenChanged(content.file) { upload in
            // It may have been uploaded, and the file have changed since.
            if upload.generation > content.generation, upload.object?.generation ?? .min >= content.generation { return true }
            // A later content that no one waits for would not be sent before the file is closed, perhaps by the one who waits here.
            if upload.phase == .open || (upload.generation > content.generation && !upload.isUrgent) { throw Self.changedAgain }
            // Nor would this one, if a rename has it sent once more.
            if !upload.isUrgent, try await self.store.run({ try $0.makeUrgent(content, now: EngineClock.now()) }) { self.due.signal() }
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
        let wasClosed = NIOLockedValueBox(false)
        try await whenChanged(file) { upload in
            try wasClosed.withLockedValue { wasClosed in
                if upload.phase == .open, wasClosed { throw Self.changedAgain }
                wasClosed = wasClosed || upload.phase != .open
            }
            return false
        }
    }

    private static let changedAgain = UploadError(.contentChanged, "the file was changed again before it was uploaded")

    /// Looks at a file's row, now and whenever it may have changed, until it is uploaded or terminal, or `isOver` says so.
    private func whenChanged(_ file: FileID, isOver: (FileUpload) async throws -> Bool) async throws {
        while true {
            let version = changes.version
            let current = try await store.run { [intake] store in
                try intake.catchUp()
                return try store.upload(of: file)
            }
            guard let upload = current else { throw UploadError(.cancelled, "the file was removed before it was uploaded") }
            if upload.phase == .uploaded { return }
            if let error = upload.terminalError { throw error }
            if try await isOver(upload) { return }
            await changes.wait(after: version)
            try Task.checkCancellation()
        }
    }

    /// Waits for everything that will be uploaded without help, and throws an error if anything was left then.
    private func wait(below directory: SpoolPath) async throws {
        while true {
            let version = changes.version
            let begin = ContinuousClock.now
            let (totals, tasksAreLeft) = try await store.run { [intake] store in
                try intake.catchUp()
                return (try store.totals(below: directory), directory.isRoot ? try store.hasAwaitedTasks() : false)
            }
            if totals.pending == 0 {
                if totals.terminal > 0 { try await throwTerminal(below: directory, totals) }
                if !tasksAreLeft { return }
                if let refusal = try await store.run({ try $0.refusals(limit: 1).first }) {
                    throw UploadError(refusal.code, Self.refusalSentence(refusal))
                }
            }
            await changes.wait(after: version)
            try Task.checkCancellation()
            // The last change is reported at once, if it comes alone.
            try await Task.sleep(until: begin + Self.directoryInterval, clock: .continuous)
        }
    }

    private func throwTerminal(below directory: SpoolPath, _ totals: DirectoryTotals) async throws {
        if let error = try await store.run({ try $0.firstTerminalError(below: directory, totals) }) { throw error }
    }
}

extension CheckpointStore {
    /// Why one of the uploads below a directory needs help, with its path and how many others do; nil where none does.
    func firstTerminalError(below directory: SpoolPath, _ totals: DirectoryTotals) throws -> UploadError? {
        guard totals.terminal > 0 else { return nil }
        for upload in try uploads(in: [.failed, .waiting, .paused, .held], below: directory, limit: 100) {
            guard let error = upload.terminalError else { continue }
            let others = totals.terminal > 1 ? " (and \(totals.terminal - 1) more)" : ""
            return UploadError(error.code, "\(upload.path)\(others): \(error.sentence)")
        }
        return nil
    }
}

extension FileUpload {
    /// Why an upload is not done without help, although it may be tried again later; nil where it is.
    var terminalError: UploadError? {
        switch state {
        case .held, .failed: explanation
        case .paused: UploadError(.paused, "the upload is paused; `uploadfs resume` continues it")
        case .waiting: isRefused ? explanation : nil
        case .open, .settling, .queued, .uploading, .uploaded: nil
        }
    }
}

extension DirectoryTotals {
    /// Files that will not be uploaded without help.
    var terminal: Int64 {
        [UploadState.failed, .held, .paused].reduce(refused) { $0 &+ (sums[$1]?.files ?? 0) }
    }

    /// Files that will be uploaded without help.
    var pending: Int64 {
        [UploadState.open, .settling, .queued, .uploading, .waiting].reduce(0) { $0 &+ (sums[$1]?.files ?? 0) } &- refused
    }
}
