import GRDB
import UploadCore

/// Starting again after a stop, clean or not.
extension CheckpointStore {
    /// Brings the rows to what a new start means: nothing is being sent, and nobody has a file open.
    ///
    /// - What was being uploaded is queued again; the server is asked before anything is sent.
    /// - What was still being written is held: a fragment is not published under the file's name unless its owner says so.
    public func recover(now: Int64) throws {
        try write(durable: true) { db in
            try db.execute(
                sql: "UPDATE uploads SET state = 'queued', runnable_at = ?, answer_missing = 1 WHERE state <> 'uploaded' AND state = 'uploading'",
                arguments: [now])
            // What these would clean up after ended with the process.
            try db.execute(sql: "UPDATE remote_tasks SET under_way = 0, runnable_at = ? WHERE under_way", arguments: [now])
            // Files were changed or removed while their parts were on their way.
            for table in ["parts", "source_digests"] {
                try db.execute(sql: "DELETE FROM \(table) WHERE file NOT IN (SELECT file FROM uploads WHERE session IS NOT NULL)")
            }
            try db.execute(
                sql: """
                    UPDATE uploads SET state = 'held', runnable_at = NULL, error_code = 'held', error = ?
                    WHERE state <> 'uploaded' AND (state = 'open' OR (state = 'paused' AND error_code = 'held'))
                    """,
                arguments: ["the file was still being written when the mount stopped; `retry` uploads it as it is, closing it again does, too"])
        }
    }

    /// What has become of a file that could be changed without an event when the process ended.
    public enum UnseenContent: Sendable {
        case asItWas
        case changed
        /// Whoever had it open then, still has.
        case stillOpen
    }

    /// Takes what has changed in files without an event for a change whose end was not told. Before `recover`.
    public func recoverUnseen(now: Int64, _ look: (UploadRecord) -> UnseenContent) throws {
        let files = try read { try Int64.fetchAll($0, sql: "SELECT file FROM unseen") }.map(FileID.init(databaseNumber:))
        if files.isEmpty { return }
        try write(durable: true) { db in
            let batch = IntakeBatch(db)
            for file in files {
                let record = try batch.record(of: file)
                let content = record.map(look) ?? .asItWas
                if let record, content != .asItWas, record.state != .open { try contentWillChange(file, record.path, at: now, batch) }
                if content != .stillOpen { batch.setUnseen(file, false) }
            }
            try batch.flush()
        }
    }

    /// Whether the file can be changed without an event.
    public func mayChangeUnseen(_ file: FileID) throws -> Bool {
        try read { db in
            try Bool.fetchOne(
                db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM unseen WHERE file = ?)"), arguments: [file.databaseNumber]) ?? false
        }
    }

    /// Takes in a file that the scan of the spool found: one without a row, or one that changed or moved without anybody telling.
    /// - Returns: whether an upload was set up.
    @discardableResult
    public func reconcile(_ file: FileID, path: SpoolPath, content: Fingerprint, now: Int64) throws -> Bool {
        try write { db in
            var record: UploadRecord
            if let known = try UploadRecord.fetch(db, file) {
                let hasMoved = known.path != path
                record = hasMoved ? try moved(known, to: path, now: now, db) : known
                guard record.content != content, record.state != .open, record.state != .held else { return hasMoved }
                try record.giveUpAttempt(db)
                record.generation += 1
                // Nobody told this content, and so nobody waits for it.
                record.urgent = false
            } else {
                record = UploadRecord(file: file, path: path, state: .settling, content: content)
            }
            record.path = path
            record.content = content
            record.state = policy.holds(path) ? .held : .settling
            record.runnableAt = policy.holds(path) ? nil : now + Milliseconds.of(policy.settle)
            try record.save(db)
            return true
        }
    }

    /// A power cut may take the word of a rename, and leave the rename.
    private func moved(_ record: UploadRecord, to path: SpoolPath, now: Int64, _ db: Database) throws -> UploadRecord {
        let batch = IntakeBatch(db)
        try moveFile(record, to: path, replaced: nil, at: now, batch)
        let moved = try batch.record(of: record.file)
        try batch.flush()
        return moved ?? record
    }

    /// A word about the whole database, such as the machine's boot when it was last used.
    public func fact(_ name: String) throws -> String? {
        try read { try String.fetchOne($0, sql: "SELECT value FROM facts WHERE name = ?", arguments: [name]) }
    }

    public func setFact(_ name: String, _ value: String) throws {
        try write(durable: true) {
            try $0.execute(sql: "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", arguments: [name, value])
        }
    }
}
