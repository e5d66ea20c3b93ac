import GRDB
import UploadCore

/// Requests that open sessions, and the sessions that belong to no upload: none is to be left at the service that nobody knows.
///
/// Each is a remote task that is stored before the request leaves, and that nobody carries out while the request is under way. It
/// goes when all went well, and is due when not, or at the next start.
extension CheckpointStore {
    public func beginning(_ begin: SessionBegin) throws {
        try write { try RemoteTask.add(.dropOrphaned(begin), isUnderWay: true, $0) }
    }

    /// - Parameter mayExist: the service may have opened the session, which is then looked for.
    public func beginFailed(_ begin: SessionBegin, mayExist: Bool, now: Int64) throws {
        try write { db in
            guard mayExist else { return try Self.forget(begin, db) }
            try db.cachedStatement(
                sql: """
                    UPDATE remote_tasks SET under_way = 0, runnable_at = ?1, begun_until = ?1
                    WHERE kind = 'drop unanswered' AND key = ?2 AND begun_from = ?3 AND under_way
                    """
            ).execute(arguments: [now, begin.key.text, Milliseconds.of(begin.from)])
        }
    }

    static func forget(_ begin: SessionBegin, _ db: Database) throws {
        try db.cachedStatement(sql: "DELETE FROM remote_tasks WHERE kind = 'drop unanswered' AND key = ? AND begun_from = ? AND under_way")
            .execute(arguments: [begin.key.text, Milliseconds.of(begin.from)])
    }

    /// The sessions under `key` that belong to an upload or a copy; nil while a request is under way that opens another one.
    public func knownSessions(of key: ObjectKey) throws -> [UploadSession]? {
        try read { db in
            let isOpening = try Bool.fetchOne(
                db.cachedStatement(
                    sql: "SELECT EXISTS (SELECT 1 FROM remote_tasks WHERE kind = 'drop unanswered' AND key = ? AND under_way)"),
                arguments: [key.text])
            if isOpening == true { return nil }
            return try String.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT session FROM uploads WHERE session_key = ? AND session IS NOT NULL
                        UNION ALL SELECT session FROM remote_tasks WHERE kind = 'abort' AND under_way
                        """), arguments: [key.text]
            ).map { UploadSession(handle: $0, expiresAt: nil) }
        }
    }

    // MARK: Copies

    /// A session that a copy fills, and that is to be aborted if the copy does not come to its end.
    public func copyOpened(_ session: UploadSession, by begin: SessionBegin) throws {
        try write(durable: true) { db in
            try Self.forget(begin, db)
            try RemoteTask.add(.abort(session), isUnderWay: true, db)
        }
    }

    public func copyEnded(_ session: UploadSession, isGone: Bool) throws {
        let change = isGone ? "DELETE FROM remote_tasks" : "UPDATE remote_tasks SET under_way = 0"
        try write {
            try $0.cachedStatement(sql: "\(change) WHERE kind = 'abort' AND session = ? AND under_way").execute(arguments: [session.handle])
        }
    }
}
