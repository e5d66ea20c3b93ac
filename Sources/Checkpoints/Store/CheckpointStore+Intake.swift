import Foundation
import GRDB
import UploadCore

/// Taking in what the file system told: events become rows.
extension CheckpointStore {
    private static let positionFact = "journal position"
    private static let exchangeFact = "last exchange"

    /// How far the journal has been taken in; nil for a new database.
    public func journalPosition() throws -> JournalPosition? {
        try read { db in
            guard let text = try String.fetchOne(db, sql: "SELECT value FROM facts WHERE name = ?", arguments: [Self.positionFact])
            else { return nil }
            let numbers = text.split(separator: ":").compactMap { Int64($0) }
            return numbers.count == 2 ? JournalPosition(segment: numbers[0], offset: numbers[1]) : nil
        }
    }

    /// Stores a position without events, when the journal begins a new segment.
    public func store(position: JournalPosition) throws {
        try write(durable: true) { try Self.store(position, $0) }
    }

    /// Takes in `events` and the place behind them, together or not at all.
    public func apply(_ events: [FileEvent], upTo position: JournalPosition) throws {
        try write { db in
            let batch = IntakeBatch(db)
            for event in events { try apply(event, batch) }
            try batch.flush()
            try Self.store(position, db)
        }
    }

    private static func store(_ position: JournalPosition, _ db: Database) throws {
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)")
            .execute(arguments: [positionFact, "\(position.segment):\(position.offset)"])
    }

    private func apply(_ event: FileEvent, _ batch: IntakeBatch) throws {
        switch event.change {
        case .contentWillChange(let file, let path, let unseen):
            try contentWillChange(file, path, at: event.time, batch)
            if unseen { batch.setUnseen(file, true) }
        case .contentMayChange(let file):
            batch.setUnseen(file, true)
        case .writersClosed(let file):
            batch.setUnseen(file, false)
        case .contentClosed(let file, let path, let content, let urgent):
            try contentClosed(file, path, content, urgent: urgent, at: event.time, batch)
        case .timesChanged(let file, let modified):
            guard var record = try batch.record(of: file) else { return }
            record.content = Fingerprint(size: record.content.size, modified: modified)
            batch.save(record)
        case .renamed(let source, let target, let isDirectory, let replaced):
            if isDirectory {
                try moveDirectory(from: source, to: target, at: event.time, batch)
            } else {
                try moveFile(batch.record(at: source), to: target, replaced: replaced, at: event.time, batch)
            }
        case .exchanged(let first, let second, let id):
            try exchange(first, second, id: id, at: event.time, batch)
        case .removed(let file, _):
            guard let record = try batch.record(of: file) else { return }
            try forget(record, keepingObject: !policy.propagatesRemovals, batch)
        }
    }

    // MARK: Content

    func contentWillChange(_ file: FileID, _ path: SpoolPath, at time: Int64, _ batch: IntakeBatch) throws {
        guard var record = try batch.record(of: file) else {
            var record = UploadRecord(file: file, path: path, state: .open, content: Fingerprint(size: 0, modified: 0))
            // Inode numbers are used again: what is still under way for a removed file must not count for its successor.
            record.generation = time
            return batch.save(record)
        }
        record.path = path
        record.generation += 1
        try dropSession(&record, batch)
        record.answerMissing = false
        // A pause outlasts changes; what else the last content's upload came to, does not.
        let isPaused = record.state == .paused
        if !isPaused { record.state = .open }
        record.runnableAt = nil
        record.urgent = false
        record.failures = 0
        record.errorCode = isPaused ? .held : nil
        record.error = nil
        record.checksum = nil
        record.etag = nil
        record.uploadedAt = nil
        batch.save(record)
    }

    private func contentClosed(
        _ file: FileID, _ path: SpoolPath, _ content: Fingerprint, urgent: Bool, at time: Int64, _ batch: IntakeBatch
    ) throws {
        var record = try batch.record(of: file) ?? UploadRecord(file: file, path: path, state: .open, content: content)
        record.path = path
        record.content = content
        record.urgent = urgent
        if record.isFragment { record.errorCode = nil }
        try settle(&record, at: time, batch)
        batch.save(record)
    }

    /// Lets the quiet time begin, unless the name or its owner keeps the file back.
    func settle(_ record: inout UploadRecord, at time: Int64, _ batch: IntakeBatch) throws {
        if record.state == .paused { return }
        if policy.holds(record.path) {
            record.state = .held
            record.runnableAt = nil
            record.error = "the name is a temporary one: the file is uploaded when it is renamed"
            return try giveUpObject(&record, batch)
        }
        record.error = nil
        record.errorCode = nil
        record.state = record.urgent ? .queued : .settling
        record.runnableAt = record.urgent ? time : time + Milliseconds.of(policy.settle)
    }

    /// Forgets the upload session, and what a request without an answer may have made; the service is told by tasks.
    private func dropSession(_ record: inout UploadRecord, _ batch: IntakeBatch) throws {
        if let session = record.session { try batch.add(.abort(session)) }
        if let key = record.sessionKey, let checksum = record.checksum {
            try batch.add(.removeUnconfirmed(key, checksum: checksum, reservation: record.reservation))
        }
        record.forgetSession()
        record.reservation = nil
    }

    /// The file is held back, or still being written, under a name that its object does not have: nothing is left at the service under the former one.
    private func giveUpObject(_ record: inout UploadRecord, _ batch: IntakeBatch) throws {
        try dropSession(&record, batch)
        guard let key = record.remoteKey else { return }
        if policy.propagatesRemovals { try batch.add(.remove(key, version: record.remoteVersion)) }
        record.forgetObject()
    }

    // MARK: Names

    /// - Parameter record: nil for a file that was not known under its former name.
    func moveFile(_ record: UploadRecord?, to target: SpoolPath, replaced: FileID?, at time: Int64, _ batch: IntakeBatch) throws {
        var moved = record
        // Two names of one file can not be, but replacing a file by itself must not forget it.
        if let replaced, replaced != moved?.file, let old = try batch.record(of: replaced) {
            // While something is being sent for the old file, nobody can say which version is there.
            let inherits = moved != nil && moved?.remoteKey == nil && old.sessionKey == nil
            if inherits {
                moved?.remoteKey = old.remoteKey
                moved?.remoteVersion = old.remoteVersion
                moved?.remoteGeneration = nil
            }
            try forget(old, keepingObject: inherits || !policy.propagatesRemovals, batch)
        }
        guard var moved else { return }
        moved.path = target
        if !policy.propagatesRemovals, moved.remoteKey != nil, moved.remoteGeneration != nil {
            // The object stays where it is, and is nobody's from now on.
            moved.forgetObject()
        }
        moved.knowledge = .unknown
        // The object's way to the former name has not come to its end, and is not wanted any more.
        if moved.remoteIsCurrent, moved.state != .uploading { try dropSession(&moved, batch) }
        // A fragment stays held under any name: only a close or its owner's word makes it whole.
        if moved.isFragment || moved.state == .open {
            try giveUpObject(&moved, batch)
        } else if [.held, .settling, .queued, .uploaded, .waiting, .failed].contains(moved.state) || policy.holds(target), moved.state != .open {
            try settle(&moved, at: time, batch)
        }
        batch.save(moved)
    }

    /// By way of a name that no file can have. Each side may be a file or a directory, and the rows tell which.
    private func exchange(_ first: SpoolPath, _ second: SpoolPath, id: UInt64, at time: Int64, _ batch: IntakeBatch) throws {
        // A process that was killed right after it told of an exchange tells it again.
        if try batch.replaceFact(Self.exchangeFact, with: String(id)) == String(id) { return }
        let between = SpoolPath(bytes: [0])
        for (source, target) in [(first, between), (second, first), (between, second)] {
            try moveFile(batch.record(at: source), to: target, replaced: nil, at: time, batch)
            try moveDirectory(from: source, to: target, at: time, batch)
        }
    }

    private func moveDirectory(from source: SpoolPath, to target: SpoolPath, at time: Int64, _ batch: IntakeBatch) throws {
        let (lower, upper) = source.databaseRange
        let keepsObjects = !policy.propagatesRemovals
        for var record in try batch.records(below: source) where record.state != .uploading {
            if record.state == .held || record.state == .open || record.isFragment {
                try giveUpObject(&record, batch)
            } else if record.remoteIsCurrent {
                try dropSession(&record, batch)
            }
            batch.save(record)
        }
        try batch.execute(
            """
            UPDATE uploads SET
                path = CAST(? || substr(path, ?) AS BLOB),
                knowledge = NULL,
                remote_version = CASE WHEN ? THEN NULL ELSE remote_version END,
                remote_generation = CASE WHEN ? THEN NULL ELSE remote_generation END,
                remote_key = CASE WHEN ? THEN NULL ELSE remote_key END,
                runnable_at = CASE WHEN state IN ('uploaded', 'failed') THEN ? ELSE runnable_at END,
                state = CASE WHEN state IN ('uploaded', 'failed') THEN 'settling' ELSE state END
            WHERE path > ? AND path < ?
            """,
            [
                target.databaseBytes, source.bytes.count + 1, keepsObjects, keepsObjects, keepsObjects,
                time + Milliseconds.of(policy.settle), lower, upper,
            ])
    }

    /// The file is gone: its row goes, and what the service holds of it is handed to remote tasks.
    private func forget(_ record: UploadRecord, keepingObject: Bool, _ batch: IntakeBatch) throws {
        var record = record
        try dropSession(&record, batch)
        if !keepingObject, let key = record.remoteKey { try batch.add(.remove(key, version: record.remoteVersion)) }
        batch.delete(record)
    }
}
