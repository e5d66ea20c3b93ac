import GRDB
import UploadCore

/// The rows that a batch of events touches: read once, changed in memory, written once.
///
/// A copied file comes as two events at least; a rewritten one as many. What they come to is one row.
final class IntakeBatch {
    private let db: Database
    /// A nil value is a row that the batch removed.
    private var records: [FileID: UploadRecord?] = [:]
    private var files: [SpoolPath: FileID] = [:]
    /// Files that may change without an event, or that do no more.
    private var unseen: [FileID: Bool] = [:]

    init(_ db: Database) {
        self.db = db
    }

    func record(of file: FileID) throws -> UploadRecord? {
        if let known = records[file] { return known }
        let record = try UploadRecord.fetch(db, file)
        if let record { remember(record) }
        return record
    }

    func record(at path: SpoolPath) throws -> UploadRecord? {
        if let file = files[path] { return try record(of: file) }
        guard let record = try UploadRecord.fetch(db, path: path) else { return nil }
        // The batch may have moved or removed what the database still has under this path.
        if records[record.file] != nil { return nil }
        remember(record)
        return record
    }

    /// The rows below a directory of which something is at the service that a move of the directory leaves behind.
    func records(below directory: SpoolPath) throws -> [UploadRecord] {
        try flush()
        let (lower, upper) = directory.databaseRange
        return try UploadRecord.fetchAll(
            db,
            sql: """
                SELECT \(UploadRecord.columns) FROM uploads
                WHERE path > ? AND path < ? AND (session_key IS NOT NULL OR ((state IN ('held', 'open') OR error_code = 'held') AND remote_key IS NOT NULL))
                """, arguments: [lower, upper])
    }

    func save(_ record: UploadRecord) {
        if let old = records[record.file] ?? nil, old.path != record.path, files[old.path] == record.file { files[old.path] = nil }
        remember(record)
    }

    func delete(_ record: UploadRecord) {
        records[record.file] = .some(nil)
        if files[record.path] == record.file { files[record.path] = nil }
        unseen[record.file] = false
    }

    /// The file may change without an event from now on, or does so no more.
    func setUnseen(_ file: FileID, _ isUnseen: Bool) {
        unseen[file] = isUnseen
    }

    func add(_ work: RemoteTask.Work) throws {
        try RemoteTask.add(work, db)
    }

    /// Writes what changed; the batch begins anew.
    func flush() throws {
        for (file, record) in records {
            if let record {
                try record.save(db)
            } else {
                try db.cachedStatement(sql: "DELETE FROM uploads WHERE file = ?").execute(arguments: [file.databaseNumber])
            }
        }
        for (file, isUnseen) in unseen {
            let sql = isUnseen ? "INSERT OR IGNORE INTO unseen (file) VALUES (?)" : "DELETE FROM unseen WHERE file = ?"
            try db.cachedStatement(sql: sql).execute(arguments: [file.databaseNumber])
        }
        unseen.removeAll(keepingCapacity: true)
        records.removeAll(keepingCapacity: true)
        files.removeAll(keepingCapacity: true)
    }

    /// Runs SQL of its own over all rows.
    func execute(_ sql: String, _ arguments: StatementArguments) throws {
        try flush()
        try db.execute(sql: sql, arguments: arguments)
    }

    /// Stores a word about the whole database, and returns the former one.
    func replaceFact(_ name: String, with value: String) throws -> String? {
        let former = try String.fetchOne(db, sql: "SELECT value FROM facts WHERE name = ?", arguments: [name])
        try db.execute(sql: "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", arguments: [name, value])
        return former
    }

    private func remember(_ record: UploadRecord) {
        records[record.file] = record
        files[record.path] = record.file
    }
}
