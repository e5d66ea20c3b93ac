import GRDB
import UploadCore

/// Work at the service that belongs to no file any more: recorded first, then tried until the service confirms it.
public struct RemoteTask: Sendable, Equatable {
    public enum Work: Sendable, Equatable {
        /// Drop an unfinished upload session, so that no orphan is left to cost money.
        case abort(UploadSession)
        /// Remove the object of a file that was removed or renamed, unless it is somebody else's newer one.
        case remove(ObjectKey, version: String?)
        /// Remove the object that a request without an answer may have made, if it is there and has this checksum, or this
        /// reservation where the service tells no checksum.
        case removeUnconfirmed(ObjectKey, checksum: String, reservation: String?)
        /// Drop the session that a request without an answer may have opened.
        case dropOrphaned(SessionBegin)
    }

    public let id: Int64
    public let work: Work
    public let failures: Int
}

extension RemoteTask {
    fileprivate static let notFound = "no such object yet"

    /// Condition on a row: what was not there twice is looked for a while longer, but nobody waits for that.
    static let isAwaited = """
        NOT (kind = 'remove unconfirmed' AND failures >= 2 AND error IS '\(notFound)')
        AND NOT (kind = 'drop unanswered' AND failures >= 2) AND NOT under_way
        """

    /// - Parameter isUnderWay: the request that the task would clean up after has not ended; the task is not due before.
    static func add(_ work: Work, isUnderWay: Bool = false, _ db: Database) throws {
        switch work {
        case .abort(let session):
            try db.cachedStatement(sql: "INSERT INTO remote_tasks (kind, session, runnable_at, under_way) VALUES ('abort', ?, 0, ?)")
                .execute(arguments: [session.handle, isUnderWay])
        case .remove(let key, let version):
            try db.cachedStatement(sql: "INSERT INTO remote_tasks (kind, key, version, runnable_at) VALUES ('remove', ?, ?, 0)")
                .execute(arguments: [key.text, version])
        case .removeUnconfirmed(let key, let checksum, let reservation):
            try db.cachedStatement(
                sql: "INSERT INTO remote_tasks (kind, key, checksum, reservation, runnable_at) VALUES ('remove unconfirmed', ?, ?, ?, 0)"
            ).execute(arguments: [key.text, checksum, reservation])
        case .dropOrphaned(let begin):
            try db.cachedStatement(
                sql: """
                    INSERT INTO remote_tasks (kind, key, begun_from, begun_until, runnable_at, under_way)
                    VALUES ('drop unanswered', ?, ?, ?, 0, ?)
                    """
            ).execute(arguments: [begin.key.text, Milliseconds.of(begin.from), begin.until.map(Milliseconds.of), isUnderWay])
        }
    }

    fileprivate init?(row: Row) {
        id = row["id"]
        failures = row["failures"]
        switch (row["kind"] as String, row["session"] as String?, row["key"] as String?) {
        case ("abort", let handle?, _): work = .abort(UploadSession(handle: handle, expiresAt: nil))
        case ("remove", _, let key?): work = .remove(ObjectKey(key), version: row["version"])
        case ("remove unconfirmed", _, let key?):
            guard let checksum = row["checksum"] as String? else { return nil }
            work = .removeUnconfirmed(ObjectKey(key), checksum: checksum, reservation: row["reservation"])
        case ("drop unanswered", _, let key?):
            guard let from = row["begun_from"] as Int64? else { return nil }
            let until = (row["begun_until"] as Int64?).map(Milliseconds.date)
            work = .dropOrphaned(SessionBegin(key: ObjectKey(key), from: Milliseconds.date(from), until: until))
        default: return nil
        }
    }
}

extension CheckpointStore {
    /// The tasks that are due at `now`, oldest first.
    public func dueRemoteTasks(now: Int64, limit: Int) throws -> [RemoteTask] {
        try read { db in
            try Row.fetchAll(
                db.cachedStatement(sql: "SELECT * FROM remote_tasks WHERE runnable_at <= ? AND NOT under_way ORDER BY id LIMIT ?"),
                arguments: [now, limit]
            ).compactMap(RemoteTask.init(row:))
        }
    }

    /// Whether the task is still to be done.
    public func isLeft(_ task: RemoteTask) throws -> Bool {
        try read { try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM remote_tasks WHERE id = ?)", arguments: [task.id]) ?? false }
    }

    /// The service confirmed it.
    public func finished(_ task: RemoteTask) throws {
        try write { try $0.execute(sql: "DELETE FROM remote_tasks WHERE id = ?", arguments: [task.id]) }
    }

    /// - Parameter error: nil if it was not tried.
    public func postpone(_ task: RemoteTask, until: Int64, error: UploadError? = nil) throws {
        try write {
            try $0.execute(
                sql: "UPDATE remote_tasks SET runnable_at = ?, failures = failures + ?, error = ? WHERE id = ?",
                arguments: [until, error == nil ? 0 : 1, error?.sentence, task.id])
        }
    }

    /// What may be there was not; it is looked for again.
    public func lookAgain(_ task: RemoteTask, at time: Int64) throws {
        try write {
            try $0.execute(
                sql: "UPDATE remote_tasks SET runnable_at = ?, failures = failures + 1, error = ? WHERE id = ?",
                arguments: [time, RemoteTask.notFound, task.id])
        }
    }

    /// How many tasks there are for which others wait.
    public func remoteTaskCount() throws -> Int {
        try read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM remote_tasks WHERE \(RemoteTask.isAwaited)") ?? 0 }
    }
}
