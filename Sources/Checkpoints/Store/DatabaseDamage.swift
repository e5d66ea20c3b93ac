import Dispatch
import Foundation
import GRDB
import NIOConcurrencyHelpers
import UploadCore

/// What tells a damaged database, and what becomes of it.
enum DatabaseDamage {
    /// How long the check at the start may take: enough for half a million files. What it does not reach is found when it is used.
    static let checkLimit = DispatchTimeInterval.seconds(1)

    /// Whether an error means that the file is damaged. No statement of this program violates a constraint of a whole database.
    static func isMeant(by error: DatabaseError) -> Bool {
        [.SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_MISMATCH, .SQLITE_CONSTRAINT].contains(error.resultCode.primaryResultCode)
    }

    /// The same for a database that is being opened, whose tables may be missing.
    static func isMeantAtOpening(by error: DatabaseError) -> Bool {
        isMeant(by: error) || error.resultCode.primaryResultCode == .SQLITE_ERROR
    }

    /// Reads the whole file, and compares each index with its table.
    ///
    /// - Throws: `DatabaseError` with SQLITE_CORRUPT if something is wrong.
    static func check(_ database: DatabaseQueue) throws {
        let isChecking = NIOLockedValueBox(true)
        DispatchQueue.global().asyncAfter(deadline: .now() + checkLimit) {
            // Never later than the check: an interrupt would end whatever is running then.
            isChecking.withLockedValue { if $0 { database.interrupt() } }
        }
        defer { isChecking.withLockedValue { $0 = false } }
        do {
            let result = try database.inDatabase { try DatabaseValue.fetchOne($0, sql: "PRAGMA integrity_check(1)") }
            guard result == "ok".databaseValue else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: result.flatMap(String.fromDatabaseValue))
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT {
            return
        }
    }

    /// Renames a database that nobody has open; it is never deleted.
    /// - Returns: its new name.
    static func putAside(_ path: String) throws -> String {
        var kept = "\(path).damaged-\(Milliseconds.now())"
        while FileManager.default.fileExists(atPath: kept) { kept += "x" }
        try FileManager.default.moveItem(atPath: path, toPath: kept)
        for suffix in ["-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.moveItem(atPath: path + suffix, toPath: kept + suffix)
        }
        return kept
    }

    /// The objects whose removal a damaged database had still to see to, as far as it can be read. Nothing is removed on its word.
    static func pendingRemovals(in path: String) -> [ObjectKey] {
        var configuration = Configuration()
        configuration.readonly = true
        var keys: [ObjectKey] = []
        do {
            let database = try DatabaseQueue(path: path, configuration: configuration)
            try database.read { db in
                let rows = try Stored<RemoteTaskRow>.fetchCursor(
                    db, sql: "SELECT \(RemoteTaskRow.columns) FROM remote_work WHERE kind = 'remove' ORDER BY id LIMIT 1000")
                while let row = try rows.next() {
                    if case .remove(let key, _, _)? = row.value?.work { keys.append(key) }
                }
            }
        } catch {
            // What was read until here is what can be known.
        }
        return keys
    }
}
