import GRDB
import UploadCore

/// What the server acknowledged of unfinished sessions.
extension CheckpointStore {
    /// Stores that the server has the first `bytes`, and the CRC-32C of them.
    public func confirmed(_ bytes: Int64, crc: CRC32C, for file: FileID, generation: Int64) throws {
        try write { db in _ = try Self.confirm(bytes, crc, file, generation, db) }
    }

    /// This comes with each part, while the connection waits for the next: no column of an index is among those that it sets.
    /// - Returns: false if the file changed or went meanwhile.
    private static func confirm(_ bytes: Int64, _ crc: CRC32C, _ file: FileID, _ generation: Int64, _ db: Database) throws -> Bool {
        try db.cachedStatement(
            sql: """
                UPDATE uploads SET failures = CASE WHEN ?1 > confirmed THEN 0 ELSE failures END, confirmed = ?1, confirmed_crc = ?2
                WHERE file = ?3 AND generation = ?4
                """
        ).execute(arguments: [bytes, Int64(crc.value), file.databaseNumber, generation])
        return db.changesCount > 0
    }

    /// The numbered parts of the session that the row has.
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
            guard try Self.confirm(confirmed, CRC32C(), file, generation, db) else { return }
            try db.cachedStatement(
                sql: "INSERT OR REPLACE INTO parts (file, number, generation, offset, length, token) VALUES (?, ?, ?, ?, ?, ?)"
            ).execute(arguments: [file.databaseNumber, receipt.number, generation, receipt.offset, receipt.length, receipt.token])
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
