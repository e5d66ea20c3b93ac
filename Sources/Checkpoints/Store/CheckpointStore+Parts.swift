import GRDB
import UploadCore

/// The numbered parts of unfinished sessions that the server acknowledged.
extension CheckpointStore {
    /// Those of the session that the row has.
    public func receipts(of record: UploadRecord) throws -> [PartReceipt] {
        guard record.session?.partSize != nil else { return [] }
        return try read { db in
            try Row.fetchAll(
                db.cachedStatement(sql: "SELECT number, offset, length, token FROM parts WHERE file = ? AND generation = ? ORDER BY number"),
                arguments: [record.file.databaseNumber, record.generation]
            ).map { PartReceipt(number: $0[0], offset: $0[1], length: $0[2], token: $0[3], digest: nil) }
        }
    }

    /// Stores that the server has a part, and so many bytes in all.
    public func received(_ receipt: PartReceipt, confirmed: Int64, for file: FileID, generation: Int64) throws {
        try write { db in
            guard var record = try UploadRecord.fetch(db, file), record.generation == generation else { return }
            try db.cachedStatement(
                sql: "INSERT OR REPLACE INTO parts (file, number, generation, offset, length, token) VALUES (?, ?, ?, ?, ?, ?)"
            ).execute(arguments: [file.databaseNumber, receipt.number, generation, receipt.offset, receipt.length, receipt.token])
            record.confirmed = confirmed
            record.failures = 0
            try record.save(db)
        }
    }

    /// A session has become useless: it is to be aborted, until the service says that it is gone.
    public func abandoned(_ session: UploadSession, of file: FileID, generation: Int64) throws {
        try write { db in
            guard var record = try UploadRecord.fetch(db, file), record.generation == generation, record.session == session else { return }
            try RemoteTask.add(.abort(session), db)
            try Self.forgetParts(of: file, db)
            let key = record.sessionKey
            record.forgetSession()
            record.sessionKey = key
            try record.save(db)
        }
    }

    static func forgetParts(of file: FileID, _ db: Database) throws {
        try db.cachedStatement(sql: "DELETE FROM parts WHERE file = ?").execute(arguments: [file.databaseNumber])
    }
}
