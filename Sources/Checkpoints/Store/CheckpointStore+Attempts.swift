import GRDB
import UploadCore

/// What the scheduler takes, and what the workers store.
extension CheckpointStore {
    /// Which uploads a claim takes.
    public enum ClaimSize: Sendable {
        case any
        /// Only those up to the store's `smallMax`.
        case small
    }

    /// Takes the upload that is to go next: the highest priority first, then the longest ready.
    public func claim(_ size: ClaimSize = .any, now: Int64) throws -> (upload: FileUpload, assignment: FileUpload.Assignment)? {
        // Most of the time nothing is ready, which needs no transaction.
        guard try read({ try Self.next(size, now: now, $0) }) != nil else { return nil }
        return try write { transaction in
            while let file = try Self.next(size, now: now, transaction.db) {
                // A damaged row is dropped by the look at it.
                guard var upload = try transaction.upload(of: FileID(databaseNumber: file)) else { continue }
                guard let assignment = upload.claim(now: now) else { return nil }
                try transaction.save(upload)
                return (upload, assignment)
            }
            return nil
        }
    }

    /// The file of the upload that is to go next. Each priority has a range of its own in the index, ordered by time: what waits for a
    /// later time is never passed over row by row, whatever its priority.
    private static func next(_ size: ClaimSize, now: Int64, _ db: Database) throws -> Int64? {
        var best: (priority: Int64, time: Int64, file: Int64)?
        for isSmall in size == .small ? [true] : [true, false] {
            var priority: Int64? = .max
            while let above = priority {
                priority = try DatabaseValue.fetchOne(
                    db.cachedStatement(
                        sql: """
                            SELECT MAX(priority) FROM file_uploads INDEXED BY file_uploads_runnable
                            WHERE runnable_at IS NOT NULL AND is_small = ? AND priority < ?
                            """), arguments: [isSmall, above]
                ).flatMap(Int64.fromDatabaseValue)
                guard let priority, priority >= best?.priority ?? .min else { break }
                let first = try Stored<RunnableRow>.fetchOne(
                    db.cachedStatement(
                        sql: """
                            SELECT file, runnable_at FROM file_uploads INDEXED BY file_uploads_runnable
                            WHERE runnable_at IS NOT NULL AND is_small = ? AND priority = ? AND runnable_at <= ? ORDER BY runnable_at LIMIT 1
                            """), arguments: [isSmall, priority, now])
                guard let (file, time) = first?.value else { continue }
                if best.map({ priority > $0.priority || time < $0.time }) ?? true { best = (priority, time, file) }
                break
            }
        }
        return best?.file
    }

    /// When the next upload is to be claimed; nil if there is none.
    public func nextClaim() throws -> Int64? { try nextTime(in: "file_uploads") }

    /// When the next remote task is to be tried; nil if there is none.
    public func nextTask() throws -> Int64? { try nextTime(in: "remote_work") }

    private func nextTime(in table: String) throws -> Int64? {
        try read { db in
            try DatabaseValue.fetchOne(
                db.cachedStatement(sql: "SELECT runnable_at FROM \(table) WHERE runnable_at IS NOT NULL ORDER BY runnable_at LIMIT 1")
            ).flatMap(Int64.fromDatabaseValue)
        }
    }

    // MARK: Keys

    /// Whether something else still has to happen to the key before another file may be uploaded to it: an object to be
    /// removed there, or the object of a file that was renamed away and has not followed yet.
    public func isBusy(_ key: ObjectKey, besides file: FileID) throws -> Bool {
        try read { db in
            try DatabaseValue.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT 1 WHERE EXISTS (SELECT 1 FROM remote_work WHERE key = ?1 AND occupies_key)
                            OR EXISTS (SELECT 1 FROM file_uploads WHERE object_key = ?1 AND file <> ?2)
                            OR EXISTS (SELECT 1 FROM file_uploads WHERE unfinished_key = ?1 AND file <> ?2)
                        """), arguments: [key.text, file.databaseNumber]) != nil
        }
    }

    /// Lets `file` inherit the object that is to be removed from `key`: its content replaces it. Where there are several, as Drive
    /// allows, the others are removed.
    public func inheritRemoval(at key: ObjectKey, for file: FileID, now: Int64) throws {
        guard
            try read({
                try DatabaseValue.fetchOne(
                    $0.cachedStatement(sql: "SELECT 1 FROM remote_work WHERE key = ? AND kind = 'remove'"), arguments: [key.text]) != nil
            })
        else { return }
        try write { transaction in
            guard var upload = try transaction.upload(of: file), upload.object == nil,
                let task = try transaction.tasks("WHERE key = ? AND kind = 'remove' ORDER BY id DESC LIMIT 1", [key.text]).first,
                case .remove(_, let version, _) = task.work
            else { return }
            _ = upload.apply(.inherits(FileUpload.StoredObject(key: key, version: version, generation: nil)), policy, now: now)
            try transaction.delete(task)
            try transaction.save(upload)
        }
    }

    /// Why the key is busy, where that is an error of the service's.
    public func obstacle(at key: ObjectKey) throws -> UploadError? {
        try write { try $0.tasks("WHERE key = ? AND occupies_key", [key.text]).compactMap(\.error).first }
    }

    /// The other files whose object is still under `key`.
    public func occupants(of key: ObjectKey, besides file: FileID) throws -> [FileUpload] {
        try write { try $0.fetch("WHERE object_key = ? AND file <> ?", [key.text, file.databaseNumber]) }
    }

    /// The other files that have an unfinished upload to `key`.
    public func fillers(of key: ObjectKey, besides file: FileID) throws -> [FileUpload] {
        try write { try $0.fetch("WHERE unfinished_key = ? AND file <> ?", [key.text, file.databaseNumber]) }
    }

    /// Two files have stored that they are filling one key, and each waits for the other: `file` begins again.
    public func startOver(_ file: FileID, now: Int64) throws {
        try write { transaction in
            guard var upload = try transaction.upload(of: file) else { return }
            let effects = upload.startOver()
            try transaction.save(upload)
            try transaction.carryOut(effects, now: now)
        }
    }

    /// Lets `file` have a key that another file's object is under, when the two wait for each other.
    public func takeOver(_ key: ObjectKey, for file: FileID, now: Int64) throws {
        try write { transaction in
            let occupants = try transaction.fetch("WHERE object_key = ? AND file <> ?", [key.text, file.databaseNumber])
            try EventIntake(policy: policy).takeOver(key, for: file, from: occupants, now: now, in: transaction)
        }
    }

    // MARK: While an attempt runs

    /// Stores a step of a running attempt, before the request that relies on it.
    /// - Parameter begin: the request that opened the session, where it was stored.
    /// - Returns: false if the file changed or went meanwhile: the attempt is not wanted any more.
    public func take(_ step: FileUpload.Step, openedBy begin: SessionBegin? = nil, for file: FileID, generation: Int64, now: Int64) throws -> Bool {
        // Gigabytes may go into a session, and whoever lost it would have to send them again.
        var isDurable = false
        if case .opened = step { isDurable = true }
        return try write(durable: isDurable) { transaction in
            if let begin { try transaction.forget(begin) }
            guard var upload = try transaction.upload(of: file), let effects = upload.take(step, generation: generation) else {
                try transaction.carryOut(step.effectsIfRefused, now: now)
                return false
            }
            try transaction.save(upload)
            try transaction.carryOut(effects, now: now)
            return true
        }
    }

    /// Stores that the server has a numbered part, and so many bytes in all.
    public func received(_ receipt: PartReceipt, confirmed: Int64, for file: FileID, generation: Int64) throws {
        try write { transaction in
            guard var upload = try transaction.upload(of: file), upload.take(.confirmed(confirmed, crc: 0), generation: generation) != nil else {
                return
            }
            try transaction.save(upload)
            try transaction.db.cachedStatement(
                sql: "INSERT OR REPLACE INTO parts (file, number, generation, offset, length, token) VALUES (?, ?, ?, ?, ?, ?)"
            ).execute(arguments: [file.databaseNumber, receipt.number, generation, receipt.offset, receipt.length, receipt.token])
        }
    }

    /// The numbered parts of the session that the upload has.
    public func receipts(of upload: FileUpload) throws -> [PartReceipt] {
        guard upload.unfinished?.session?.partSize != nil else { return [] }
        return try read { db in
            // A part whose receipt is damaged is asked for, and sent again if need be.
            try Stored<ReceiptRow>.fetchAll(
                db.cachedStatement(sql: "SELECT number, offset, length, token FROM parts WHERE file = ? AND generation = ? ORDER BY number"),
                arguments: [upload.file.databaseNumber, upload.generation]
            ).compactMap(\.value)
        }
    }

    /// Stores how a claim ended.
    /// - Returns: the upload as it is now; nil if the file was removed meanwhile.
    @discardableResult
    public func ended(
        _ outcome: FileUpload.Outcome, for file: FileID, generation: Int64, now: Int64, wallClock: Int64 = Milliseconds.now(),
        keyOf: (SpoolPath) -> ObjectKey?
    ) throws -> FileUpload? {
        try write { transaction in
            guard var upload = try transaction.upload(of: file) else {
                try transaction.carryOut(outcome.effectsIfRemoved(policy), now: now)
                return nil
            }
            let effects = upload.ended(outcome, generation: generation, policy, keyOf: keyOf, now: now, wallClock: wallClock)
            try transaction.save(upload)
            try transaction.carryOut(effects, now: now)
            return upload
        }
    }

    /// Someone waits for this content of a file: it is uploaded without the quiet time, and although the file is open.
    /// - Returns: whether the file still has it.
    public func makeUrgent(_ content: ClosedContent, now: Int64) throws -> Bool {
        try write { transaction in
            guard var upload = try transaction.upload(of: content.file), upload.makeUrgent(generation: content.generation, now: now) else {
                return false
            }
            try transaction.save(upload)
            return true
        }
    }

    // MARK: Digests of sources, for mounts that do not trust size and time alone

    /// The digest that the file had when its session was begun or resumed; nil where no one took it.
    public func sourceDigest(of upload: FileUpload) throws -> String? {
        guard upload.unfinished?.session != nil else { return nil }
        return try read { db in
            try DatabaseValue.fetchOne(
                db.cachedStatement(sql: "SELECT digest FROM source_digests WHERE file = ? AND generation = ?"),
                arguments: [upload.file.databaseNumber, upload.generation]
            ).flatMap(String.fromDatabaseValue)
        }
    }

    public func noteSource(_ digest: String, of upload: FileUpload) throws {
        try write { transaction in
            try transaction.db.cachedStatement(sql: "INSERT OR REPLACE INTO source_digests (file, generation, digest) VALUES (?, ?, ?)")
                .execute(arguments: [upload.file.databaseNumber, upload.generation, digest])
        }
    }
}

private enum RunnableRow: RowFormat {
    static func decode(_ reader: inout RowReader) throws(DamagedRow) -> (file: Int64, time: Int64) {
        (try reader.number(), try reader.number())
    }
}

private enum ReceiptRow: RowFormat {
    static func decode(_ reader: inout RowReader) throws(DamagedRow) -> PartReceipt {
        let (number, offset, length) = (try reader.count(), try reader.number(), try reader.number())
        guard offset >= 0, length >= 0 else { throw DamagedRow() }
        return PartReceipt(number: number, offset: offset, length: length, token: try reader.text(), digest: nil)
    }
}
