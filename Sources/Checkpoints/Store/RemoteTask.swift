import GRDB
import UploadCore

/// Work at the service that belongs to no file any more: recorded first, then tried until the service confirms it.
public struct RemoteTask: Sendable, Equatable {
    public enum Work: Sendable, Equatable {
        /// Drop an unfinished upload session, so that no orphan is left to cost money.
        case abort(UploadSession)
        /// Remove the object of a file that was removed or renamed, unless it is somebody else's newer one.
        case remove(ObjectKey, version: String?)
    }

    public let id: Int64
    public let work: Work
    public let failures: Int
}

extension RemoteTask {
    static func add(_ work: Work, _ db: Database) throws {
        switch work {
        case .abort(let session):
            try db.cachedStatement(sql: "INSERT INTO remote_tasks (kind, session, runnable_at) VALUES ('abort', ?, 0)")
                .execute(arguments: [session.handle])
        case .remove(let key, let version):
            try db.cachedStatement(sql: "INSERT INTO remote_tasks (kind, key, version, runnable_at) VALUES ('remove', ?, ?, 0)")
                .execute(arguments: [key.text, version])
        }
    }

    fileprivate init?(row: Row) {
        id = row["id"]
        failures = row["failures"]
        switch (row["kind"] as String, row["session"] as String?, row["key"] as String?) {
        case ("abort", let handle?, _): work = .abort(UploadSession(handle: handle, expiresAt: nil))
        case ("remove", _, let key?): work = .remove(ObjectKey(key), version: row["version"])
        default: return nil
        }
    }
}

extension CheckpointStore {
    /// The tasks that are due at `now`, oldest first.
    public func dueRemoteTasks(now: Int64, limit: Int) throws -> [RemoteTask] {
        try read { db in
            try Row.fetchAll(
                db.cachedStatement(sql: "SELECT * FROM remote_tasks WHERE runnable_at <= ? ORDER BY id LIMIT ?"), arguments: [now, limit]
            ).compactMap(RemoteTask.init(row:))
        }
    }

    /// The service confirmed it.
    public func finished(_ task: RemoteTask) throws {
        try write { try $0.execute(sql: "DELETE FROM remote_tasks WHERE id = ?", arguments: [task.id]) }
    }

    public func postpone(_ task: RemoteTask, until: Int64, error: UploadError) throws {
        try write {
            try $0.execute(
                sql: "UPDATE remote_tasks SET runnable_at = ?, failures = failures + 1, error = ? WHERE id = ?",
                arguments: [until, error.sentence, task.id])
        }
    }

    public func remoteTaskCount() throws -> Int {
        try read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM remote_tasks") ?? 0 }
    }
}
