import Foundation
import GRDB
import UploadCore

/// `user.upload.control` and `user.upload.priority`.
extension CheckpointStore {
    public func control(_ command: ControlCommand, _ scope: UploadScope, now: Int64) throws {
        try write { db in
            for var record in try records(in: scope, db) where record.state != .uploaded {
                try carryOut(command, &record, now: now, db)
                try record.save(db)
            }
        }
    }

    public func setPriority(_ priority: Int, _ scope: UploadScope) throws {
        try write { db in
            for var record in try records(in: scope, db) {
                record.priority = priority
                try record.save(db)
            }
        }
    }

    /// Somebody waits for this content of a file: it goes up without the quiet time, and although the file is open.
    /// - Returns: whether it is to go up.
    public func makeUrgent(_ content: ClosedContent, now: Int64) throws -> Bool {
        try update(content.file, generation: content.generation) { row in
            row.urgent = true
            guard row.state == .settling || row.state == .queued else { return }
            row.state = .queued
            row.runnableAt = now
        }
    }

    private func records(in scope: UploadScope, _ db: Database) throws -> [UploadRecord] {
        switch scope {
        case .file(let file):
            return try UploadRecord.fetch(db, file).map { [$0] } ?? []
        case .directory(let directory):
            let (lower, upper) = directory.databaseRange
            return try UploadRecord.fetchAll(
                db, sql: "SELECT \(UploadRecord.columns) FROM uploads WHERE path > ? AND path < ?", arguments: [lower, upper])
        }
    }

    private func carryOut(_ command: ControlCommand, _ record: inout UploadRecord, now: Int64, _ db: Database) throws {
        switch (command, record.state) {
        case (.pause, .failed), (.pause, .paused), (.pause, .held):
            break
        case (.pause, _):
            record.errorCode = record.state == .open ? .held : nil
            record.state = .paused
            record.runnableAt = nil
        case (.resume, .paused) where record.isFragment:
            record.state = .open
            record.errorCode = nil
        case (.resume, .paused) where policy.holds(record.path):
            try holdBack(&record, db)
        case (.resume, .paused):
            record.queue(at: now)
        case (.resume, _):
            break
        case (.retry, .failed), (.retry, .waiting), (.retry, .held):
            // Whoever says so has seen the error: what stands in the way may be replaced, and the count begins anew.
            if record.errorCode == .conflict || record.errorCode == .outcomeUnknown {
                record.knowledge = .unknown
                record.answerMissing = false
                record.forgetObject()
            }
            record.queue(at: now)
        case (.retry, _):
            break
        case (.cancel, _) where record.state == .open || record.state == .held || record.isFragment:
            // Nothing is on its way, and what counts is the next close.
            break
        case (.cancel, _) where policy.holds(record.path):
            try holdBack(&record, db)
        case (.cancel, _):
            try record.giveUpAttempt(db)
            record.state = .failed
            record.errorCode = .cancelled
            record.error = "the upload was cancelled; `retry` begins it again"
            record.runnableAt = nil
        }
    }
}

extension CheckpointStore {
    /// Gives a file with a temporary name the state that its name asks for.
    private func holdBack(_ record: inout UploadRecord, _ db: Database) throws {
        let batch = IntakeBatch(db)
        record.state = .held
        try settle(&record, at: 0, batch)
    }
}

extension UploadRecord {
    fileprivate mutating func queue(at now: Int64) {
        state = .queued
        runnableAt = now
        failures = 0
        errorCode = nil
        error = nil
    }
}
