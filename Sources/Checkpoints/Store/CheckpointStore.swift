import Dispatch
import Foundation
import GRDB
import Glibc
import Logging
import NIOConcurrencyHelpers
import UploadCore

/// The database of checkpoints: one row a file, the sums of each directory, and the remote work that has no file any more. It
/// stores what `FileUpload` and `RemoteTask` decide, and decides nothing.
///
/// A database that is found damaged, when it is opened or later, is put aside and replaced; a row that does not match its checksum is
/// dropped. Either way the spool is scanned for the files that have no row any more.
///
/// Write-ahead log, one connection, one door. Durability: a commit survives a killed process always. A power cut may take
/// the last commits; each of them is a hint that the server's own word replaces, so `synchronous = NORMAL` is enough for them.
/// Where losing the commit would lose more than a question (a new upload session, into which gigabytes may go), the
/// transaction is `durable`: it is on the disk before the call returns.
///
/// The methods block until SQLite is done. The threads that serve the kernel may call them; tasks go through `run`, so
/// that none of Swift's few cooperative threads ever waits for a disk.
public final class CheckpointStore: Sendable {
    /// How the database was found when it was opened.
    public enum Opening: Sendable, Equatable {
        case asItWas
        /// There was none: a new state directory, or the file was deleted.
        case new
        /// It was unreadable, and has been renamed to the name given.
        case damaged(keptAs: String)
    }

    /// What a running store has lost, so that the spool is to be compared with it.
    public enum Loss: Sendable {
        /// Rows that could not be read.
        case rows
        /// All of them: the database was damaged and has been replaced.
        case database
    }

    private struct Current {
        var database: DatabaseQueue
        /// Databases of this process that were found damaged.
        var replaced = 0
    }

    /// A disk that damages each new database is not to be filled with them.
    private static let replacedMax = 3

    public let policy: UploadPolicy
    public let opening: Opening
    /// Files up to this size count as small, in bytes; they are claimed apart from the others.
    let smallMax: Int64
    let logger: Logger
    private let path: String
    private let current: NIOLockedValueBox<Current>
    private let onLoss = NIOLockedValueBox<@Sendable (Loss) -> Void>({ _ in })
    /// Runs what tasks ask for, one after the other.
    private let executor = DispatchQueue(label: "uploadfs.checkpoints")

    /// Opens `path`, making the database if it is not there. One that cannot be read is renamed, never deleted, and a new
    /// one takes its place; the spool tree then says what there is to upload.
    public init(path: String, policy: UploadPolicy, smallMax: Int64 = 8 << 20, logger: Logger) throws {
        self.path = path
        self.policy = policy
        self.smallMax = smallMax
        self.logger = logger
        let existed = FileManager.default.fileExists(atPath: path)
        var lost: [ObjectKey] = []
        do {
            current = NIOLockedValueBox(Current(database: try Self.open(path, isChecked: existed)))
            opening = existed ? .asItWas : .new
        } catch let error as DatabaseError where existed && DatabaseDamage.isMeantAtOpening(by: error) {
            let (database, kept, removals) = try Self.replace(path, error, logger)
            current = NIOLockedValueBox(Current(database: database))
            opening = .damaged(keptAs: kept)
            lost = removals
        }
        if opening != .asItWas { try noteLoss(of: lost) }
    }

    /// Calls `action` after something has been lost, on the thread that found out.
    public func whenLost(_ action: @escaping @Sendable (Loss) -> Void) {
        onLoss.withLockedValue { $0 = action }
    }

    /// Runs `body` on the store's own thread. A cancelled task gets its result all the same: what happened has to be stored.
    public func run<T: Sendable>(_ body: @escaping @Sendable (CheckpointStore) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            executor.async { continuation.resume(with: Result { try body(self) }) }
        }
    }

    private static func open(_ path: String, isChecked: Bool) throws -> DatabaseQueue {
        // SQLite makes a file that others may read; the URLs of upload sessions are secrets. Its other files follow this one's mode.
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor >= 0 { Glibc.close(descriptor) }
        var configuration = Configuration()
        configuration.label = "uploadfs.database"
        configuration.prepareDatabase { db in
            // The state directory's lock keeps others out, so that SQLite need not lock the file at each transaction; before
            // WAL is entered, this keeps the WAL's index in memory, too.
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: "PRAGMA synchronous = NORMAL")
            // 4 MiB of pages: enough for the indexes of what is pending, and a bound on memory.
            try db.execute(sql: "PRAGMA cache_size = -4096")
        }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        do {
            if isChecked { try DatabaseDamage.check(queue) }
            try Schema.migrator.migrate(queue)
            // Tables may have other columns than they should.
            _ = try queue.read { try Stored<UploadRow>.fetchOne($0, sql: "SELECT \(UploadRow.columns) FROM file_uploads LIMIT 1") }
        } catch {
            try? queue.close()
            throw error
        }
        return queue
    }

    /// Puts the database aside and opens a new one.
    private static func replace(
        _ path: String, _ error: DatabaseError, _ logger: Logger
    ) throws -> (database: DatabaseQueue, keptAs: String, removals: [ObjectKey]) {
        let kept = try DatabaseDamage.putAside(path)
        logger.error(
            "The checkpoint database is damaged: it was renamed, and a new one is made from the files that are here",
            metadata: ["kept-as": "\(kept)", "error": "\(error.message ?? error.description)"])
        let removals = DatabaseDamage.pendingRemovals(in: kept)
        for key in removals {
            logger.error(
                "The object of a removed file stays at the service: its removal was lost with the database", metadata: ["object": "\(key.text)"])
        }
        return (try open(path, isChecked: false), kept, removals)
    }

    public func close() throws {
        try current.withLockedValue { try $0.database.close() }
    }

    /// Runs one transaction.
    func write<T>(durable: Bool = false, _ updates: (UploadTransaction) throws -> T) throws -> T {
        let (result, damagedRows) = try withDatabase { database in
            try database.writeWithoutTransaction { db in
                // The setting cannot change inside a transaction.
                if durable { try db.execute(sql: "PRAGMA synchronous = FULL") }
                defer { if durable { try? db.execute(sql: "PRAGMA synchronous = NORMAL") } }
                // Compiled once: these two statements are run more often than any other.
                try db.cachedStatement(sql: "BEGIN IMMEDIATE TRANSACTION").execute()
                do {
                    let transaction = UploadTransaction(db, policy: policy, smallMax: smallMax)
                    let result = try updates(transaction)
                    try transaction.flush()
                    try db.cachedStatement(sql: "COMMIT TRANSACTION").execute()
                    return (result, transaction.damagedRows)
                } catch {
                    try? db.rollback()
                    throw error
                }
            }
        }
        if damagedRows > 0 {
            logger.error("Checkpoints that cannot be read were dropped; their files are uploaded again", metadata: ["rows": "\(damagedRows)"])
            onLoss.withLockedValue { $0 }(.rows)
        }
        return result
    }

    /// Runs questions. They need no transaction: the connection is the only one, and what one closure asks is not interrupted.
    func read<T>(_ value: (Database) throws -> T) throws -> T {
        try withDatabase { try $0.unsafeRead(value) }
    }

    /// Runs `body`, and once more on a new database if it finds the present one damaged.
    private func withDatabase<T>(_ body: (DatabaseQueue) throws -> T) throws -> T {
        var used: DatabaseQueue?
        do {
            return try current.withLockedValue { current in
                used = current.database
                return try body(current.database)
            }
        } catch let error as DatabaseError where DatabaseDamage.isMeant(by: error) {
            try replace(used, damage: error)
        }
        return try current.withLockedValue { try body($0.database) }
    }

    /// - Parameter damaged: nothing happens if it has been replaced meanwhile.
    private func replace(_ damaged: DatabaseQueue?, damage: DatabaseError) throws {
        let removals: [ObjectKey]? = try current.withLockedValue { current in
            guard current.database === damaged else { return nil }
            guard current.replaced < Self.replacedMax else { throw damage }
            current.replaced += 1
            try? current.database.close()
            let (database, _, removals) = try Self.replace(path, damage, logger)
            current.database = database
            return removals
        }
        guard let removals else { return }
        try noteLoss(of: removals)
        onLoss.withLockedValue { $0 }(.database)
    }

    // MARK: Facts

    /// A word about the whole database, such as the machine's boot when it was last used.
    public func fact(_ name: String) throws -> String? {
        try read { try UploadTransaction.fact(name, $0) }
    }

    public func setFact(_ name: String, _ value: String) throws {
        try write(durable: true) { try $0.setFact(name, value) }
    }
}
