import GRDB
import UploadCore

/// The digests of files whose upload sessions are unfinished, for mounts that do not trust size and time alone.
extension CheckpointStore {
    /// The digest that the file had when its session was begun or gone on with; nil where nobody took it.
    public func sourceDigest(of record: UploadRecord) throws -> String? {
        guard record.session != nil else { return nil }
        return try read { db in
            try String.fetchOne(
                db.cachedStatement(sql: "SELECT digest FROM source_digests WHERE file = ? AND generation = ?"),
                arguments: [record.file.databaseNumber, record.generation])
        }
    }

    public func noteSource(_ digest: String, of record: UploadRecord) throws {
        try write { db in
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO source_digests (file, generation, digest) VALUES (?, ?, ?)")
                .execute(arguments: [record.file.databaseNumber, record.generation, digest])
        }
    }

    /// The file's bytes are others than those that the session has, though its size and time are the same: the upload begins
    /// anew with what the file has now.
    public func sourceChanged(_ file: FileID, generation: Int64, now: Int64) throws {
        try write { db in
            guard var record = try UploadRecord.fetch(db, file), record.generation == generation else { return }
            try record.giveUpAttempt(db)
            record.generation += 1
            record.checksum = nil
            if record.state == .uploading {
                record.state = .queued
                record.runnableAt = now
            }
            try record.save(db)
        }
    }
}
