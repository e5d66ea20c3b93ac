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

    public let policy: UploadPolicy
    public let opening: Opening
    /// Files up to this size count as small, in bytes; they are claimed apart from the others.
    let smallMax: Int64
    let database: DatabaseQueue
    let logger: Logger
    /// Rows that could not be read, so that their files have to be looked for in the spool.
    let damagedRows = NIOLockedValueBox(0)
    /// Runs what tasks ask for, one after the other.
    private let executor = DispatchQueue(label: "uploadfs.checkpoints")

    /// Opens `path`, making the database if it is not there. One that cannot be read is renamed, never deleted, and a new
    /// one takes its place; the spool tree then says what there is to upload.
    public init(path: String, policy: UploadPolicy, smallMax: Int64 = 8 << 20, logger: Logger) throws {
        self.policy = policy
        self.smallMax = smallMax
        self.logger = logger
        let existed = FileManager.default.fileExists(atPath: path)
        do {
            database = try Self.open(path)
            opening = existed ? .asItWas : .new
        } catch let error as DatabaseError where existed && Self.meansDamage(error) {
            let kept = try Self.rename(path)
            logger.error("The checkpoint database cannot be read and was renamed", metadata: ["kept-as": "\(kept)", "error": "\(error)"])
            database = try Self.open(path)
            opening = .damaged(keptAs: kept)
        }
    }

    /// Runs `body` on the store's own thread. A cancelled task gets its result all the same: what happened has to be stored.
    public func run<T: Sendable>(_ body: @escaping @Sendable (CheckpointStore) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            executor.async { continuation.resume(with: Result { try body(self) }) }
        }
    }

    private static func open(_ path: String) throws -> DatabaseQueue {
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
        try Schema.migrator.migrate(queue)
        // A database can open and yet be torn inside: the rows that the start needs first are read once.
        _ = try queue.read { try Stored<UploadRow>.fetchOne($0, sql: "SELECT \(UploadRow.columns) FROM file_uploads WHERE state <> 'uploaded' LIMIT 1") }
        return queue
    }

    private static func meansDamage(_ error: DatabaseError) -> Bool {
        [.SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_ERROR, .SQLITE_MISMATCH].contains(error.resultCode.primaryResultCode)
    }

    private static func rename(_ path: String) throws -> String {
        let kept = "\(path).damaged-\(Milliseconds.now())"
        try FileManager.default.moveItem(atPath: path, toPath: kept)
        for suffix in ["-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.moveItem(atPath: path + suffix, toPath: kept + suffix)
        }
        return kept
    }

    public func close() throws {
        try database.close()
    }

    /// Runs one transaction.
    func write<T>(durable: Bool = false, _ updates: (UploadTransaction) throws -> T) throws -> T {
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
                if transaction.damagedRows > 0 { noteDamage(transaction.damagedRows) }
                return result
            } catch {
                try? db.rollback()
                throw error
            }
        }
    }

    /// Runs questions. They need no transaction: the connection is the only one, and what one closure asks is not interrupted.
    func read<T>(_ value: (Database) throws -> T) throws -> T {
        try database.unsafeRead(value)
    }

    /// How many damaged rows have been dropped since the last call; their files are to be looked for in the spool.
    public func takeDamagedRows() -> Int {
        damagedRows.withLockedValue { count in
            defer { count = 0 }
            return count
        }
    }

    private func noteDamage(_ rows: Int) {
        logger.error("Checkpoints that cannot be read were dropped; their files are uploaded again", metadata: ["rows": "\(rows)"])
        damagedRows.withLockedValue { $0 += rows }
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
