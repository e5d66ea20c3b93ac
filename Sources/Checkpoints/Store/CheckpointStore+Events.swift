import Foundation
import GRDB
import UploadCore

/// Taking in the journal: events become rows.
extension CheckpointStore {
    private static let positionFact = "journal position"
    private static let stepFact = "journal step"

    /// How far the journal has been taken in; nil for a new database, or where what is stored is no position.
    public func journalPosition() throws -> JournalPosition? {
        guard let text = try fact(Self.positionFact) else { return nil }
        let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) }
        guard numbers.count == 2, let segment = numbers[0], let offset = numbers[1], segment > 0, offset >= 0 else { return nil }
        return JournalPosition(segment: segment, offset: offset)
    }

    /// Stores a position without events, when the journal begins a new segment or has been lost.
    /// - Parameter eventsAreLost: files may have changed of which no event tells.
    public func store(position: JournalPosition, eventsAreLost: Bool = false) throws {
        try write(durable: true) { transaction in
            if eventsAreLost { try transaction.requestScan() }
            try transaction.setFact(Self.positionFact, Self.text(of: position))
            try transaction.setFact(Self.stepFact, nil)
        }
    }

    private static func text(of position: JournalPosition) -> String { "\(position.segment):\(position.offset)" }

    /// Takes in `entries`, from the first of them on, and stores how far that came in the same transaction.
    ///
    /// What concerns a tree of files is taken in by steps, one a transaction: the result is then the place of that event.
    /// - Returns: the place up to which everything has been taken in, and whether it is in the middle of an event.
    public func apply(_ entries: [JournalEntry], from position: JournalPosition, now: Int64) throws -> (position: JournalPosition, isUnfinished: Bool)
    {
        try write { transaction in
            var position = position
            var step = try UploadTransaction.fact(Self.stepFact, transaction.db).map { SpoolPath(bytes: Array(Data(base64Encoded: $0) ?? Data())) }
            let intake = EventIntake(policy: policy)
            for entry in entries {
                let next = try intake.take(entry.event, into: transaction, after: step, now: now)
                if next != nil || step != nil {
                    try transaction.setFact(Self.stepFact, next.map { Data($0.bytes).base64EncodedString() })
                }
                step = next
                if next != nil { break }
                position = entry.end
            }
            try transaction.setFact(Self.positionFact, Self.text(of: position))
            return (position, step != nil)
        }
    }

    // MARK: What no event reported

    /// Takes in a file that a look at the spool found: one without a row, or one that changed or moved without an event.
    /// - Returns: whether that changed anything.
    @discardableResult
    public func reconcile(_ file: FileID, path: SpoolPath, content: Fingerprint, now: Int64) throws -> Bool {
        try write { try EventIntake(policy: policy).found(file, path, content, at: now, in: $0) }
    }

    /// What has become of a file that could be changed without an event when the process ended.
    public enum UnseenContent: Sendable {
        case asItWas
        case changed
        /// Whoever had it open then, still has.
        case stillOpen
    }

    /// Takes what has changed in files without an event for a change whose end was not reported. Before `restart`.
    public func recoverUnseen(now: Int64, _ look: (FileUpload) -> UnseenContent) throws {
        let files = try read { try DatabaseValue.fetchAll($0, sql: "SELECT file FROM unseen") }
            .compactMap { Int64.fromDatabaseValue($0).map(FileID.init(databaseNumber:)) }
        if files.isEmpty { return }
        try write(durable: true) { transaction in
            for file in files {
                let upload = try transaction.upload(of: file)
                let content = upload.map(look) ?? .asItWas
                if let upload, content != .asItWas, upload.phase != .open {
                    try EventIntake(policy: policy).willChange(file, upload.path, at: now, in: transaction)
                }
                if content != .stillOpen { transaction.setUnseen(file, false) }
            }
        }
    }

    /// Whether the file can be changed without an event.
    public func mayChangeUnseen(_ file: FileID) throws -> Bool {
        try read {
            try DatabaseValue.fetchOne($0.cachedStatement(sql: "SELECT 1 FROM unseen WHERE file = ?"), arguments: [file.databaseNumber]) != nil
        }
    }

    /// Brings the rows to what a new process means. Only what is not uploaded is looked at.
    public func restart(now: Int64) throws {
        try recountIfStale()
        try write(durable: true) { transaction in
            for var upload in try transaction.fetch("INDEXED BY file_uploads_unfinished WHERE state <> 'uploaded'", []) {
                let before = upload
                let effects = upload.restarted(policy, now: now)
                guard upload != before else { continue }
                try transaction.save(upload)
                try transaction.carryOut(effects, now: now)
            }
            for var task in try transaction.tasks("", []) {
                let before = task
                task.restarted(now: now)
                if task != before { try transaction.save(task) }
            }
            // Files were changed or removed while their parts were on their way.
            for table in ["parts", "source_digests"] {
                try transaction.db.execute(sql: "DELETE FROM \(table) WHERE file NOT IN (SELECT file FROM file_uploads WHERE session IS NOT NULL)")
            }
        }
    }
}
