import GRDB
import UploadCore

/// What `user.upload.*` and the status page ask.
extension CheckpointStore {
    public func upload(of file: FileID) throws -> FileUpload? {
        let row = try read { db in
            try Stored<UploadRow>.fetchOne(
                db.cachedStatement(sql: "SELECT \(UploadRow.columns) FROM file_uploads WHERE file = ?"), arguments: [file.databaseNumber])
        }
        // A damaged row is dropped by a transaction.
        if let row, row.value == nil { return try write { try $0.upload(of: file) } }
        return row?.value
    }

    /// Uploads below a directory that are not finished: those at work first, then those in trouble, then the others.
    public func unfinished(below directory: SpoolPath, limit: Int) throws -> [FileUpload] {
        try uploads(in: Self.interestingFirst, below: directory, limit: limit)
    }

    private static let interestingFirst: [UploadState] = [.uploading, .failed, .waiting, .paused, .held, .open, .queued, .settling]

    /// Uploads below a directory in one of these states, the first state first.
    public func uploads(in states: [UploadState], below directory: SpoolPath, limit: Int) throws -> [FileUpload] {
        let (lower, upper) = directory.databaseRange
        return try read { db in
            var found: [FileUpload] = []
            for state in states where found.count < limit {
                found += try Stored<UploadRow>.fetchAll(
                    db.cachedStatement(
                        sql: """
                            SELECT \(UploadRow.columns) FROM file_uploads INDEXED BY file_uploads_unfinished
                            WHERE state = ? AND state <> 'uploaded' AND path > ? AND path < ? ORDER BY path LIMIT ?
                            """), arguments: [state.rawValue, lower, upper, limit - found.count]
                ).compactMap(\.value)
            }
            return found
        }
    }
}
