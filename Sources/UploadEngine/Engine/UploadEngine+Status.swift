import Checkpoints
import UploadCore

/// What `user.upload.*` and the status page ask: the rows, and on top of them what the running uploads know.
extension UploadEngine {
    public func status(of file: FileID) throws -> UploadStatus? {
        let command = catchUpIfPossible()
        return try store.upload(of: file).map { status(of: $0, under: command) }
    }

    public func status(below directory: SpoolPath) throws -> TreeStatus {
        _ = catchUpIfPossible()
        let totals = try store.totals(below: directory)
        var tree = TreeStatus(totals)
        tree.error = try store.firstTerminalError(below: directory, totals)?.sentence
        if tree.error == nil, directory.isRoot { tree.error = try store.refusals(limit: 1).first.map(Self.refusalSentence) ?? lostRemovalsSentence() }
        for upload in active.all {
            guard let row = try store.upload(of: upload.file), directory.contains(row.path) else { continue }
            let progress = upload.ticket.progress
            tree.rate += progress.rate
            tree.bytesConfirmed = tree.bytesConfirmed.addingSaturating(max(progress.confirmed - row.confirmed, 0))
        }
        return tree
    }

    public func unfinished(below directory: SpoolPath, limit: Int) throws -> [(path: SpoolPath, status: UploadStatus)] {
        let command = catchUpIfPossible()
        return try store.unfinished(below: directory, limit: limit).map { ($0.path, status(of: $0, under: command)) }
    }

    static func refusalSentence(_ error: UploadError) -> String {
        "the object of a file that was removed or renamed cannot be removed: \(error.sentence)"
    }

    private func lostRemovalsSentence() throws -> String? {
        let count = try store.lostRemovals()
        if count == 0 { return nil }
        return
            "the database of checkpoints was damaged: objects of removed files may stay at the service (\(count) removals were lost; the log names those that are known); uploadfs retry on the mount confirms this message"
    }

    /// A full disk keeps events out of the database; what it has is still worth showing.
    /// - Returns: a command that is being carried out on many files, and that holds for all of them already.
    private func catchUpIfPossible() -> FileEvent? {
        do {
            return try intake.catchUpBriefly()
        } catch {
            logger.debug("A status is older than the journal", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func status(of stored: FileUpload, under command: FileEvent?) -> UploadStatus {
        var upload = stored
        if let command, case .control(let control, .directory(let directory)) = command.change, directory.contains(upload.path) {
            _ = upload.control(control, store.policy, now: command.time)
        }
        let (state, error) = (upload.state, upload.explanation)
        var status = UploadStatus(
            state: state, bytesTotal: upload.content.size, bytesConfirmed: upload.confirmed, attempts: upload.attempts,
            error: error?.sentence, nextAttemptAt: state == .waiting ? upload.runnableAt.map(Milliseconds.date) : nil,
            destination: destination(upload.path), sessionExpiresAt: upload.unfinished?.session?.expiresAt, priority: upload.priority)
        if let object = upload.object, upload.objectIsCurrent {
            status.contentIsUploaded = true
            status.remoteID = object.id
            status.etag = object.etag
            status.checksum = object.checksum
            status.uploadedAt = object.uploadedAt.map(Milliseconds.date)
        } else if let running = active[upload.file], running.generation == upload.generation, state == .uploading {
            let progress = running.ticket.progress
            status.rate = progress.rate
            status.bytesConfirmed = max(upload.confirmed, progress.confirmed)
        }
        return status
    }

    /// The object's URL; for a name that the service cannot hold there is none.
    private func destination(_ path: SpoolPath) -> String {
        (try? backend.key(for: path)).map(backend.url(of:)) ?? ""
    }
}

extension TreeStatus {
    init(_ totals: DirectoryTotals) {
        self.init()
        var pending: Int64 = 0
        for (state, sum) in totals.sums where sum.files > 0 {
            // A sum that has wrapped around is of files larger than numbers go.
            bytesTotal = bytesTotal.addingSaturating(sum.bytes < 0 ? .max : sum.bytes)
            bytesConfirmed = bytesConfirmed.addingSaturating(sum.confirmed < 0 ? .max : sum.confirmed)
            switch state {
            case .uploaded: filesUploaded = Int(sum.files)
            case .failed: filesFailed = Int(sum.files)
            case .open, .settling, .held, .queued, .uploading, .waiting, .paused: pending = pending.addingSaturating(sum.files)
            }
        }
        filesPending = Int(pending)
        filesStopped = Int(totals.terminal) - filesFailed
        filesTotal = filesUploaded + filesFailed + filesPending
        state = UploadState.worstFirst.first { totals.sums[$0]?.files ?? 0 > 0 } ?? .uploaded
    }
}

extension Int64 {
    /// Sparse files can be as large as numbers go.
    func addingSaturating(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}
