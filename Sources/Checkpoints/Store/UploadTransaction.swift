import Foundation
import GRDB
import UploadCore

/// The uploads that a transaction touches: read once, changed in memory, written once, and with them the sums of the
/// directories above them.
///
/// A copied file comes as two events at least; a rewritten one as many. What they come to is one row.
final class UploadTransaction: UploadTable {
    let db: Database
    private let policy: UploadPolicy
    private let smallMax: Int64
    /// What the transaction has seen or made; nil is a row that it removed.
    private var uploads: [FileID: FileUpload?] = [:]
    /// The rows as the database has them; nil where it has none.
    private var stored: [FileID: FileUpload?] = [:]
    private var files: [SpoolPath: FileID] = [:]
    /// Files that may change without an event, or that do no more.
    private var unseen: [FileID: Bool] = [:]
    private var totals = TotalsChange()
    private(set) var damagedRows = 0

    init(_ db: Database, policy: UploadPolicy, smallMax: Int64) {
        self.db = db
        self.policy = policy
        self.smallMax = smallMax
    }

    // MARK: Reading

    private static let ofFile = "SELECT \(UploadRow.columns) FROM file_uploads WHERE file = ?"
    private static let atPath = "SELECT \(UploadRow.columns) FROM file_uploads WHERE path = ?"

    func upload(of file: FileID) throws -> FileUpload? {
        if let known = uploads[file] { return known }
        let row = try Stored<UploadRow>.fetchOne(db.cachedStatement(sql: Self.ofFile), arguments: [file.databaseNumber])
        guard let upload = try row.flatMap(upload) else {
            uploads[file] = .some(nil)
            stored[file] = .some(nil)
            return nil
        }
        remember(upload)
        return upload
    }

    func upload(at path: SpoolPath) throws -> FileUpload? {
        if let file = files[path] { return try upload(of: file) }
        let row = try Stored<UploadRow>.fetchOne(db.cachedStatement(sql: Self.atPath), arguments: [path.databaseBytes])
        guard let upload = try row.flatMap(upload) else { return nil }
        // The transaction may have moved or removed what the database still has under this path.
        if uploads[upload.file] != nil { return nil }
        remember(upload)
        return upload
    }

    /// Rows of a directory that are changed in one step: few enough to keep a transaction short.
    private static let pageLength = 1000

    func uploads(below directory: SpoolPath, after previous: SpoolPath?) throws -> [FileUpload] {
        try flush()
        let (lower, upper) = directory.databaseRange
        return try Stored<UploadRow>.fetchAll(
            db.cachedStatement(
                sql: "SELECT \(UploadRow.columns) FROM file_uploads WHERE path > ? AND path < ? ORDER BY path LIMIT \(Self.pageLength)"),
            arguments: [previous?.databaseBytes ?? lower, upper]
        ).compactMap { row in
            let upload = try upload(row)
            if let upload { remember(upload) }
            return upload
        }
    }

    /// The uploads that a question finds, except those whose rows are damaged.
    func fetch(_ condition: String, _ arguments: StatementArguments) throws -> [FileUpload] {
        try Stored<UploadRow>.fetchAll(db.cachedStatement(sql: "SELECT \(UploadRow.columns) FROM file_uploads \(condition)"), arguments: arguments)
            .compactMap { row in
                guard let found = try upload(row) else { return nil }
                if let known = uploads[found.file] { return known }
                remember(found)
                return found
            }
    }

    /// - Returns: nil for a damaged row, which goes: the spool has the file.
    private func upload(_ row: Stored<UploadRow>) throws -> FileUpload? {
        guard let (file, path) = row.firstColumns else { return row.value }
        if let file = Int64.fromDatabaseValue(file) {
            try db.execute(sql: "DELETE FROM file_uploads WHERE file = ?", arguments: [file])
        } else {
            try db.execute(sql: "DELETE FROM file_uploads WHERE path IS ?", arguments: [path])
        }
        // What the row counted for is not known any more.
        try setFact(Self.totalsFact, "stale")
        try requestScan()
        damagedRows += 1
        return nil
    }

    private func remember(_ upload: FileUpload) {
        uploads[upload.file] = upload
        if stored[upload.file] == nil { stored[upload.file] = .some(upload) }
        files[upload.path] = upload.file
    }

    // MARK: Changing

    func save(_ upload: FileUpload) throws {
        try fetchUnlessKnown(upload.file)
        if let old = uploads[upload.file] ?? nil, old.path != upload.path, files[old.path] == upload.file { files[old.path] = nil }
        uploads[upload.file] = upload
        files[upload.path] = upload.file
    }

    func delete(_ upload: FileUpload) throws {
        try fetchUnlessKnown(upload.file)
        if let old = uploads[upload.file] ?? nil, files[old.path] == upload.file { files[old.path] = nil }
        uploads[upload.file] = .some(nil)
        if files[upload.path] == upload.file { files[upload.path] = nil }
        unseen[upload.file] = false
    }

    private func fetchUnlessKnown(_ file: FileID) throws {
        guard stored[file] == nil else { return }
        if try upload(of: file) == nil { stored[file] = .some(nil) }
    }

    func setUnseen(_ file: FileID, _ isUnseen: Bool) {
        unseen[file] = isUnseen
    }

    func carryOut(_ effects: [UploadEffect], now: Int64) throws {
        for effect in effects {
            if case .confirmed(let key) = effect {
                try db.cachedStatement(sql: "DELETE FROM remote_work WHERE key = ? AND kind = 'remove unconfirmed'").execute(arguments: [key.text])
            } else if let task = RemoteTask(effect, policy, now: now) {
                try insert(task)
            }
        }
    }

    func cancelRemoval(at path: SpoolPath) throws -> FileUpload.StoredObject? {
        let row = try Stored<RemoteTaskRow>.fetchOne(
            db.cachedStatement(
                sql:
                    "SELECT \(RemoteTaskRow.columns) FROM remote_work WHERE path = ? AND kind = 'remove' AND runnable_at IS NOT NULL ORDER BY id DESC LIMIT 1"
            ),
            arguments: [path.databaseBytes])
        guard let task = row?.value, case .remove(let key, let version, _) = task.work else { return nil }
        try delete(task)
        return FileUpload.StoredObject(key: key, version: version, generation: nil)
    }

    func noteExchange(_ id: UInt64) throws -> Bool {
        let name = "last exchange"
        if try Self.fact(name, db) == String(id) { return false }
        try setFact(name, String(id))
        return true
    }

    /// Writes what changed; the transaction goes on with nothing in memory.
    func flush() throws {
        for (file, upload) in uploads {
            let old = stored[file] ?? nil
            if let upload {
                if upload != old { try save(upload, over: old) }
            } else if let old {
                totals.remove(old)
                try db.cachedStatement(sql: "DELETE FROM file_uploads WHERE file = ?").execute(arguments: [file.databaseNumber])
                try forgetParts(of: old)
            }
        }
        for (file, isUnseen) in unseen {
            let sql = isUnseen ? "INSERT OR IGNORE INTO unseen (file) VALUES (?)" : "DELETE FROM unseen WHERE file = ?"
            try db.cachedStatement(sql: sql).execute(arguments: [file.databaseNumber])
        }
        if try !totals.store(db) { try setFact(Self.totalsFact, "stale") }
        unseen.removeAll(keepingCapacity: true)
        uploads.removeAll(keepingCapacity: true)
        stored.removeAll(keepingCapacity: true)
        files.removeAll(keepingCapacity: true)
    }

    private func save(_ upload: FileUpload, over old: FileUpload?) throws {
        if let old {
            totals.remove(old)
            // The parts belong to the session.
            if old.unfinished?.session != upload.unfinished?.session { try forgetParts(of: old) }
        }
        totals.add(upload)
        try UploadRow.save(upload, over: old, smallMax: smallMax, db)
    }

    private func forgetParts(of upload: FileUpload) throws {
        guard upload.unfinished?.session != nil else { return }
        for table in ["parts", "source_digests"] {
            try db.cachedStatement(sql: "DELETE FROM \(table) WHERE file = ?").execute(arguments: [upload.file.databaseNumber])
        }
    }

    // MARK: Remote tasks

    func insert(_ task: RemoteTask) throws {
        try RemoteTaskRow.insert(task, db)
    }

    func save(_ task: RemoteTask) throws {
        try RemoteTaskRow.update(task, db)
    }

    func delete(_ task: RemoteTask) throws {
        try db.cachedStatement(sql: "DELETE FROM remote_work WHERE id = ?").execute(arguments: [task.id])
    }

    func tasks(_ condition: String, _ arguments: StatementArguments) throws -> [RemoteTask] {
        try Stored<RemoteTaskRow>.fetchAll(
            db.cachedStatement(sql: "SELECT \(RemoteTaskRow.columns) FROM remote_work \(condition)"), arguments: arguments
        )
        .compactMap { row in
            // Without knowing what it was about there is nothing that could be done.
            if let (id, _) = row.firstColumns {
                try db.execute(sql: "DELETE FROM remote_work WHERE id IS ?", arguments: [id])
                try noteLostRemovals(1)
            }
            return row.value
        }
    }

    // MARK: Facts

    static let totalsFact = "totals"

    static func fact(_ name: String, _ db: Database) throws -> String? {
        let row = try Stored<FactRow>.fetchOne(
            db.cachedStatement(sql: "SELECT name, value, row_checksum FROM facts WHERE name = ?"), arguments: [name])
        guard let row else { return nil }
        guard let value = row.value else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the fact “\(name)” is damaged") }
        return value
    }

    func setFact(_ name: String, _ value: String?) throws {
        if let value {
            let values = [name.databaseValue, value.databaseValue]
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO facts (name, value, row_checksum) VALUES (?, ?, ?)")
                .execute(binding: values + [RowChecksum(values).value])
        } else {
            try db.cachedStatement(sql: "DELETE FROM facts WHERE name = ?").execute(arguments: [name])
        }
    }
}

private enum FactRow: RowFormat {
    static func decode(_ reader: inout RowReader) throws(DamagedRow) -> String {
        _ = try reader.text()
        let value = try reader.text()
        try reader.verify()
        return value
    }
}
