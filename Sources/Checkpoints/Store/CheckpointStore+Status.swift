import GRDB
import UploadCore

/// What `user.upload.*` and the status page ask.
extension CheckpointStore {
    public func record(of file: FileID) throws -> UploadRecord? {
        try read { try UploadRecord.fetch($0, file) }
    }

    /// Files and bytes below a directory, by state.
    public struct Sum: Sendable {
        public let state: UploadState
        public let files: Int
        public let bytes: Int64
        public let confirmed: Int64
    }

    public func sums(below directory: SpoolPath) throws -> [Sum] {
        let (lower, upper) = directory.databaseRange
        return try read { db in
            try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT state, COUNT(*), SUM(size), SUM(CASE WHEN state = 'uploaded' THEN size ELSE confirmed END)
                        FROM uploads WHERE path > ? AND path < ? GROUP BY state
                        """), arguments: [lower, upper]
            ).compactMap { row in
                UploadState(rawValue: row[0]).map { Sum(state: $0, files: row[1], bytes: row[2], confirmed: row[3]) }
            }
        }
    }

    /// Records below a directory that are not uploaded, those at work first.
    public func unfinished(below directory: SpoolPath, limit: Int) throws -> [UploadRecord] {
        let (lower, upper) = directory.databaseRange
        return try read { db in
            try UploadRecord.fetchAll(
                db,
                sql: """
                    SELECT \(UploadRecord.columns) FROM uploads INDEXED BY uploads_unfinished
                    WHERE state <> 'uploaded' AND path > ? AND path < ?
                    ORDER BY CASE state WHEN 'uploading' THEN 0 WHEN 'failed' THEN 1 WHEN 'waiting' THEN 2 ELSE 3 END, path LIMIT ?
                    """, arguments: [lower, upper, limit])
        }
    }

    /// Records below a directory that do not go on by themselves, or may not.
    public func stopped(below directory: SpoolPath, limit: Int) throws -> [UploadRecord] {
        let (lower, upper) = directory.databaseRange
        return try read { db in
            try UploadRecord.fetchAll(
                db,
                sql: """
                    SELECT \(UploadRecord.columns) FROM uploads INDEXED BY uploads_unfinished
                    WHERE state <> 'uploaded' AND state IN ('failed', 'held', 'paused', 'waiting') AND path > ? AND path < ?
                    ORDER BY state LIMIT ?
                    """, arguments: [lower, upper, limit])
        }
    }
}
