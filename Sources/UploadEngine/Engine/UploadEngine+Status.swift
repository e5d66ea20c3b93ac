import Checkpoints
import Foundation
import UploadCore

/// What `user.upload.*` and the status page ask: the rows, and on top of them what the running uploads know.
extension UploadEngine {
    public func status(of file: FileID) throws -> UploadStatus? {
        catchUpIfPossible()
        return try store.record(of: file).map(status)
    }

    public func status(below directory: SpoolPath) throws -> TreeStatus {
        catchUpIfPossible()
        var tree = TreeStatus()
        var found: Set<UploadState> = []
        for sum in try store.sums(below: directory) {
            found.insert(sum.state)
            tree.filesTotal += sum.files
            tree.bytesTotal += sum.bytes
            tree.bytesConfirmed += sum.confirmed
            if sum.state == .uploaded { tree.filesUploaded += sum.files }
            if sum.state == .failed { tree.filesFailed += sum.files }
        }
        tree.filesPending = tree.filesTotal - tree.filesUploaded - tree.filesFailed
        tree.state = UploadState.worstFirst.first(where: found.contains) ?? .uploaded
        for upload in active.all {
            guard let record = try store.record(of: upload.file), directory.contains(record.path) else { continue }
            let progress = upload.ticket.progress
            tree.rate += progress.rate
            tree.bytesConfirmed += max(progress.confirmed - record.confirmed, 0)
        }
        return tree
    }

    public func unfinished(below directory: SpoolPath, limit: Int) throws -> [(path: SpoolPath, status: UploadStatus)] {
        catchUpIfPossible()
        return try store.unfinished(below: directory, limit: limit).map { ($0.path, status($0)) }
    }

    /// A full disk keeps events out of the database; what it has is still worth showing.
    private func catchUpIfPossible() {
        do { try intake.catchUp() } catch { logger.debug("a status is older than the journal", metadata: ["error": "\(error)"]) }
    }

    private func status(_ record: UploadRecord) -> UploadStatus {
        var status = UploadStatus(
            state: record.state, bytesTotal: record.content.size,
            bytesConfirmed: record.state == .uploaded ? record.content.size : record.confirmed, attempts: record.attempts,
            error: record.error, nextAttemptAt: record.state == .waiting ? record.runnableAt.map(Milliseconds.date) : nil,
            destination: destination(record.path), etag: record.etag, checksum: record.uploadedAt == nil ? nil : record.checksum,
            uploadedAt: record.uploadedAt.map(Milliseconds.date), sessionExpiresAt: record.session?.expiresAt, priority: record.priority)
        if record.remoteIsCurrent { status.remoteID = record.remoteID }
        if let upload = active[record.file], upload.generation == record.generation, record.state == .uploading {
            let progress = upload.ticket.progress
            status.rate = progress.rate
            status.bytesConfirmed = max(record.confirmed, progress.confirmed)
        }
        return status
    }

    /// The object's URL; for a name that the service can not hold there is none.
    private func destination(_ path: SpoolPath) -> String {
        (try? backend.key(for: path)).map(backend.url(of:)) ?? ""
    }
}
