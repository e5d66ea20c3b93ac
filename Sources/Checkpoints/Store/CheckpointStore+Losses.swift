import GRDB
import UploadCore

/// Whether the rows cover all files of the spool, and what is not known any more.
extension CheckpointStore {
    /// The spool is to be compared with the rows, by this process or the next one.
    public func requestScan() throws {
        try write(durable: true) { try $0.requestScan() }
    }

    /// Whether the spool is to be compared, and nobody does yet.
    public func isScanRequested() throws -> Bool {
        try fact(UploadTransaction.scanFact) == UploadTransaction.scanRequested
    }

    /// Whether the last comparison has come to its end.
    public func isScanned() throws -> Bool {
        let state = try fact(UploadTransaction.scanFact)
        return state == nil || state == UploadTransaction.scanDone
    }

    public func scanBegins() throws {
        try setFact(UploadTransaction.scanFact, UploadTransaction.scanRunning)
    }

    /// The spool has been compared. Another scan may have been requested meanwhile.
    public func scanEnded() throws {
        try write(durable: true) { transaction in
            guard try UploadTransaction.fact(UploadTransaction.scanFact, transaction.db) == UploadTransaction.scanRunning else { return }
            try transaction.setFact(UploadTransaction.scanFact, UploadTransaction.scanDone)
        }
        try recountIfStale()
    }

    // MARK: Lost removals

    /// How many removals of objects were lost with a damaged database; the log names the objects.
    public func lostRemovals() throws -> Int {
        try read { try UploadTransaction.lostRemovals($0) }
    }

    /// Someone has seen that they were lost.
    public func forgetLostRemovals() throws {
        if try lostRemovals() != 0 { try write { try $0.setFact(UploadTransaction.lostRemovalsFact, nil) } }
    }

    /// A new database takes the place of another one, or of none.
    func noteLoss(of removals: [ObjectKey]) throws {
        try write(durable: true) { transaction in
            try transaction.requestScan()
            try transaction.noteLostRemovals(removals.count)
        }
    }
}

extension UploadTransaction {
    static let scanFact = "scan"
    /// Stored in databases, also by earlier versions.
    static let scanRequested = "begun"
    static let scanRunning = "running"
    static let scanDone = "done"

    static let lostRemovalsFact = "lost removals"

    static func lostRemovals(_ db: Database) throws -> Int {
        try fact(lostRemovalsFact, db).flatMap { Int($0) } ?? 0
    }

    func noteLostRemovals(_ count: Int) throws {
        if count == 0 { return }
        try setFact(Self.lostRemovalsFact, String(min(max(Self.lostRemovals(db), 0), 1_000_000) + count))
    }

    func requestScan() throws {
        try setFact(Self.scanFact, Self.scanRequested)
    }
}
