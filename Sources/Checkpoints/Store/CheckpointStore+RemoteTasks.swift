import Foundation
import GRDB
import UploadCore

/// The work at the service that has no file any more, and the requests that would leave such work behind.
extension CheckpointStore {
    /// The tasks that can be tried at `now`, oldest first.
    public func runnableTasks(now: Int64, limit: Int) throws -> [RemoteTask] {
        guard
            try read({
                try DatabaseValue.fetchOne($0.cachedStatement(sql: "SELECT 1 FROM remote_work WHERE runnable_at <= ? LIMIT 1"), arguments: [now])
                    != nil
            })
        else { return [] }
        return try write { try $0.tasks("WHERE runnable_at <= ? ORDER BY runnable_at, id LIMIT ?", [now, limit]) }
    }

    /// Whether the task is still to be done.
    public func isLeft(_ task: RemoteTask) throws -> Bool {
        try read { try DatabaseValue.fetchOne($0.cachedStatement(sql: "SELECT 1 FROM remote_work WHERE id = ?"), arguments: [task.id]) != nil }
    }

    /// Stores what came of a task. One that has been taken back meanwhile stays gone.
    public func ended(_ task: RemoteTask, _ outcome: RemoteTask.Outcome, now: Int64) throws {
        try write { try $0.end($0.tasks("WHERE id = ?", [task.id]), outcome, now: now) }
    }

    /// Whether there is work that a waiter waits for.
    public func hasAwaitedTasks() throws -> Bool {
        try read { try DatabaseValue.fetchOne($0.cachedStatement(sql: "SELECT 1 FROM remote_work WHERE is_awaited LIMIT 1")) != nil }
    }

    /// The errors of the tasks that a waiter waits for and that the service has refused.
    public func refusals(limit: Int) throws -> [UploadError] {
        try write { try $0.tasks("INDEXED BY remote_work_refused WHERE is_awaited AND error_code IS NOT NULL ORDER BY id LIMIT ?", [limit]) }
            .compactMap(\.error)
            .filter { $0.disposition != .transient }
    }

    // MARK: Requests that open sessions

    /// A request is about to leave that opens a session. The task that looks for it is stored before, and goes when all went well.
    public func beginning(_ begin: SessionBegin, now: Int64) throws {
        try write { try $0.insert(RemoteTask(.dropOrphaned(begin), now: now, isUnderWay: true)) }
    }

    /// - Parameter mayExist: the service may have opened the session, which is then looked for.
    public func beginFailed(_ begin: SessionBegin, mayExist: Bool, now: Int64) throws {
        try write { try $0.end($0.tasks(of: begin), .requestFailed(mayExist: mayExist), now: now) }
    }

    /// The sessions under `key` that belong to an upload or a copy; nil while a request is under way that opens another one.
    public func knownSessions(of key: ObjectKey) throws -> [UploadSession]? {
        try read { db in
            let isOpening = try DatabaseValue.fetchOne(
                db.cachedStatement(sql: "SELECT 1 FROM remote_work WHERE kind = 'drop orphaned' AND key = ? AND runnable_at IS NULL"),
                arguments: [key.text])
            if isOpening != nil { return nil }
            return try DatabaseValue.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT session FROM file_uploads WHERE unfinished_key = ? AND session IS NOT NULL
                        UNION ALL SELECT session FROM remote_work WHERE kind = 'abort' AND runnable_at IS NULL
                        """), arguments: [key.text]
            ).compactMap { String.fromDatabaseValue($0).map { UploadSession(handle: $0, expiresAt: nil) } }
        }
    }

    // MARK: Copies

    /// A session that a copy fills, and that is to be aborted if the copy is not finished.
    public func copyOpened(_ session: UploadSession, by begin: SessionBegin, now: Int64) throws {
        try write(durable: true) { transaction in
            try transaction.forget(begin)
            try transaction.insert(RemoteTask(.abort(session), now: now, isUnderWay: true))
        }
    }

    public func copyEnded(_ session: UploadSession, isGone: Bool, now: Int64) throws {
        try write { transaction in
            let tasks = try transaction.tasks("WHERE kind = 'abort' AND session = ? AND runnable_at IS NULL", [session.handle])
            try transaction.end(tasks, .requestFailed(mayExist: !isGone), now: now)
        }
    }
}

extension UploadTransaction {
    func end(_ tasks: [RemoteTask], _ outcome: RemoteTask.Outcome, now: Int64) throws {
        for var task in tasks {
            if task.ended(outcome, now: now) { try save(task) } else { try delete(task) }
        }
    }

    func tasks(of begin: SessionBegin) throws -> [RemoteTask] {
        try tasks(
            "WHERE kind = 'drop orphaned' AND key = ? AND begun_from = ? AND runnable_at IS NULL", [begin.key.text, Milliseconds.of(begin.from)])
    }

    func forget(_ begin: SessionBegin) throws {
        for task in try tasks(of: begin) { try delete(task) }
    }
}
