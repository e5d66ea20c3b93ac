import GRDB
import UploadCore

/// What the scheduler takes, and what the workers give back.
extension CheckpointStore {
    /// Takes up to `limit` uploads that are due, the highest priority and the longest due first, and marks them as begun.
    /// - Parameter sizeMax: leaves larger files, so that they can not take every place.
    public func claim(limit: Int, now: Int64, sizeMax: Int64 = .max) throws -> [UploadRecord] {
        try write { db in
            let due = try UploadRecord.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT \(UploadRecord.columns) FROM uploads INDEXED BY uploads_runnable
                        WHERE runnable_at IS NOT NULL AND runnable_at <= ? AND size <= ?
                        ORDER BY priority DESC, runnable_at LIMIT ?
                        """), arguments: [now, sizeMax, limit])
            for record in due {
                try db.cachedStatement(
                    sql: "UPDATE uploads SET state = 'uploading', runnable_at = NULL, attempts = attempts + 1 WHERE file = ?"
                ).execute(arguments: [record.file.databaseNumber])
            }
            return due.map { record in
                var claimed = record
                claimed.state = .uploading
                claimed.runnableAt = nil
                claimed.attempts += 1
                return claimed
            }
        }
    }

    /// When the next upload or remote task is due; nil if there is none.
    public func nextDue() throws -> Int64? {
        try read { db in
            let upload = try Int64.fetchOne(
                db.cachedStatement(sql: "SELECT runnable_at FROM uploads WHERE runnable_at IS NOT NULL ORDER BY runnable_at LIMIT 1"))
            let task = try Int64.fetchOne(db.cachedStatement(sql: "SELECT MIN(runnable_at) FROM remote_tasks WHERE NOT under_way"))
            return [upload, task].compactMap { $0 }.min()
        }
    }

    /// Whether something else still has to happen to the key before another file may be uploaded to it: an object to be
    /// removed there, or the object of a file that was renamed away and has not followed yet.
    public func isBusy(_ key: ObjectKey, besides file: FileID) throws -> Bool {
        try read { db in
            try Bool.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT EXISTS (SELECT 1 FROM remote_tasks WHERE key = ?1 AND kind <> 'drop unanswered' AND \(RemoteTask.isAwaited))
                            OR EXISTS (SELECT 1 FROM uploads WHERE remote_key = ?1 AND file <> ?2)
                            OR EXISTS (SELECT 1 FROM uploads WHERE session_key = ?1 AND file <> ?2)
                        """), arguments: [key.text, file.databaseNumber]) ?? false
        }
    }

    /// The other files whose object is still under `key`.
    public func occupants(of key: ObjectKey, besides file: FileID) throws -> [UploadRecord] {
        try read { try Self.occupants(of: key, besides: file, $0) }
    }

    private static func occupants(of key: ObjectKey, besides file: FileID, _ db: Database) throws -> [UploadRecord] {
        try UploadRecord.fetchAll(
            db.cachedStatement(sql: "SELECT \(UploadRecord.columns) FROM uploads WHERE remote_key = ? AND file <> ?"),
            arguments: [key.text, file.databaseNumber])
    }

    /// Lets `file` have a key that another file's object is under, when the two wait for each other: that file is uploaded
    /// again under its own name, from the spool. Its object goes by a task of its own, so that it goes even if `file` is changed,
    /// renamed or removed before it comes there; where objects are kept, `file` replaces it.
    public func takeOver(_ key: ObjectKey, for file: FileID, now: Int64) throws {
        try write { db in
            let others = try Self.occupants(of: key, besides: file, db)
            guard let taker = try UploadRecord.fetch(db, file), let version = others.compactMap(\.remoteVersion).first else { return }
            for var other in others {
                if policy.propagatesRemovals { try RemoteTask.add(.remove(key, version: other.remoteVersion), db) }
                other.forgetObject()
                if other.state == .uploaded {
                    other.state = .queued
                    other.runnableAt = now
                }
                try other.save(db)
            }
            var updated = taker
            if !policy.propagatesRemovals { updated.knowledge = .version(version) }
            try updated.save(db)
        }
    }

    /// Changes the row of a claimed upload, if its content is still of the same generation.
    /// - Returns: whether it was; if not, nothing changed.
    @discardableResult
    public func update(
        _ file: FileID, generation: Int64, durable: Bool = false, _ change: (inout UploadRecord) -> Void
    ) throws -> Bool {
        try write(durable: durable) { db in
            guard var record = try UploadRecord.fetch(db, file), record.generation == generation else { return false }
            change(&record)
            try record.save(db)
            return true
        }
    }

    /// Stores a new upload session before its first byte leaves, on the disk itself.
    /// - Parameter begin: the request that opened it, where `beginning` was told of it.
    /// - Returns: false if the file changed or went meanwhile; the session is then to be aborted, and that is recorded.
    public func opened(
        _ session: UploadSession, by begin: SessionBegin? = nil, key: ObjectKey, for file: FileID, generation: Int64,
        knowledge: RemoteKnowledge
    ) throws -> Bool {
        try write(durable: true) { db in
            if let begin { try Self.forget(begin, db) }
            guard var record = try UploadRecord.fetch(db, file), record.generation == generation else {
                try RemoteTask.add(.abort(session), db)
                return false
            }
            try Self.forgetParts(of: file, db)
            record.forgetSession()
            record.session = session
            record.sessionKey = key
            record.knowledge = knowledge
            try record.save(db)
            return true
        }
    }

    /// Notes, before a request leaves that may make an object, where and with which checksum that would be: who removes,
    /// renames or changes the file after a kill or a lost answer does not leave the object behind.
    /// - Returns: false if the file changed or went meanwhile.
    public func willCommit(
        under key: ObjectKey, checksum: String?, reservation: String?, for file: FileID, generation: Int64
    ) throws -> Bool {
        try write { db in
            guard var row = try UploadRecord.fetch(db, file), row.generation == generation else { return false }
            if let former = row.sessionKey, former != key, former != row.remoteKey, let checksum = row.checksum {
                // The file was renamed while its object was on the way to another key.
                try RemoteTask.add(.removeUnconfirmed(former, checksum: checksum, reservation: row.reservation), db)
            }
            row.sessionKey = key
            row.checksum = checksum ?? row.checksum
            row.reservation = reservation ?? row.reservation
            try row.save(db)
            return true
        }
    }

    /// Stores that `key` now holds the content of `generation`, and works out what is left to do: nothing, if the file still
    /// has that content and that name.
    /// - Parameter currentKey: the key for the path that the row has; nil where the service can not hold such a name.
    public func committed(
        _ object: RemoteObject, key: ObjectKey, for file: FileID, generation: Int64, now: Int64,
        currentKey: (SpoolPath) -> ObjectKey?
    ) throws {
        try write { db in
            // What was unconfirmed is confirmed.
            try db.cachedStatement(sql: "DELETE FROM remote_tasks WHERE key = ? AND kind = 'remove unconfirmed'")
                .execute(arguments: [key.text])
            guard var record = try UploadRecord.fetch(db, file) else {
                // Removed while it was being committed: the object follows it.
                if policy.propagatesRemovals { try RemoteTask.add(.remove(key, version: object.version), db) }
                return
            }
            if let old = record.remoteKey, old != key, policy.propagatesRemovals {
                try RemoteTask.add(.remove(old, version: record.remoteVersion), db)
            }
            if record.session?.partSize != nil { try Self.forgetParts(of: file, db) }
            record.remoteKey = key
            record.remoteVersion = object.version
            record.remoteGeneration = generation
            record.remoteID = object.id
            record.knowledge = .unknown
            if record.generation == generation {
                record.etag = object.etag
                record.checksum = object.digest?.description
                record.uploadedAt = now
                record.endAttempt()
                if record.state == .uploading {
                    let inPlace = currentKey(record.path) == key
                    record.state = inPlace ? .uploaded : .queued
                    record.runnableAt = inPlace ? nil : now
                }
            }
            if record.state == .held, policy.propagatesRemovals, let key = record.remoteKey {
                // Renamed to a temporary name meanwhile.
                try RemoteTask.add(.remove(key, version: record.remoteVersion), db)
                record.forgetObject()
            }
            try record.save(db)
        }
    }

    /// Stores that the object of `file` has been moved from `source` to `target`.
    public func moved(
        _ object: RemoteObject, to target: ObjectKey, for file: FileID, generation: Int64, now: Int64,
        currentKey: (SpoolPath) -> ObjectKey?
    ) throws {
        try write { db in
            // The old key is empty already: nothing is left to be removed there.
            guard var record = try UploadRecord.fetch(db, file) else { return }
            record.remoteKey = nil
            try record.save(db)
        }
        try committed(object, key: target, for: file, generation: generation, now: now, currentKey: currentKey)
    }
}

extension CheckpointStore {
    /// The object of a renamed file is gone from its old key, or in another version: the file is uploaded anew. Where the other
    /// version has the same content, it is ours, made by a request that a kill left without an answer; it goes.
    public func couldNotMove(_ file: FileID, generation: Int64, now: Int64) throws {
        try write { db in
            guard var record = try UploadRecord.fetch(db, file), record.generation == generation else { return }
            if let key = record.remoteKey, let checksum = record.checksum, policy.propagatesRemovals {
                try RemoteTask.add(.removeUnconfirmed(key, checksum: checksum, reservation: record.reservation), db)
            }
            record.forgetObject()
            if record.state == .uploading {
                record.state = .queued
                record.runnableAt = now
            }
            try record.save(db)
        }
    }

    /// The service can not hold the name that the file has now: nothing of it stays there under a former one.
    public func giveUp(_ file: FileID, generation: Int64) throws {
        try write { db in
            guard var record = try UploadRecord.fetch(db, file), record.generation == generation else { return }
            try record.giveUpAttempt(db)
            if let key = record.remoteKey, policy.propagatesRemovals { try RemoteTask.add(.remove(key, version: record.remoteVersion), db) }
            record.forgetObject()
            try record.save(db)
        }
    }

    /// The object of `file` is where it belongs after all; what an unfinished move may have made elsewhere goes.
    public func stayed(_ file: FileID, generation: Int64) throws {
        try write { db in
            guard var record = try UploadRecord.fetch(db, file), record.generation == generation else { return }
            try record.giveUpAttempt(besides: record.remoteKey, db)
            if record.state == .uploading { record.state = .uploaded }
            try record.save(db)
        }
    }
}

extension UploadRecord {
    /// Ends an attempt in the middle: its session is to be aborted, and what a request without an answer may have made under
    /// another key than `kept` is to be removed.
    mutating func giveUpAttempt(besides kept: ObjectKey? = nil, _ db: Database) throws {
        if let session { try RemoteTask.add(.abort(session), db) }
        if let sessionKey, sessionKey != kept, let checksum {
            try RemoteTask.add(.removeUnconfirmed(sessionKey, checksum: checksum, reservation: reservation), db)
        }
        endAttempt()
    }

    /// The file has no object at the service any more, or none that is its own.
    mutating func forgetObject() {
        remoteKey = nil
        remoteVersion = nil
        remoteGeneration = nil
    }

    /// An attempt has come to its end without leaving anything to be taken up again.
    mutating func endAttempt() {
        forgetSession()
        reservation = nil
        failures = 0
        errorCode = nil
        error = nil
        answerMissing = false
        urgent = false
    }
}
