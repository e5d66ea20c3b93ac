import Foundation
import GRDB
import Glibc
import Logging
import UploadCore

/// The database of checkpoints: one row a file, and the remote work that has no file any more.
///
/// Write-ahead log, one connection, one door. Durability: a commit survives a killed process always. A power cut may take
/// the last commits; each of them is a hint that the server's own word replaces, so `synchronous = NORMAL` is enough for them.
/// Where losing the commit would lose more than a question (a new upload session, into which gigabytes may go), the
/// transaction is `durable`: it is on the disk before the call returns.
public final class CheckpointStore: Sendable {
    /// What the store needs to know of the mount.
    public struct Policy: Sendable {
        /// Quiet time after the last close.
        public var settle: Duration
        /// Names that are not uploaded until they are renamed.
        public var hold: [NamePattern]
        /// Whether the object goes when its file is removed or renamed.
        public var propagatesRemovals: Bool

        public init(settle: Duration, hold: [NamePattern], propagatesRemovals: Bool) {
            self.settle = settle
            self.hold = hold
            self.propagatesRemovals = propagatesRemovals
        }

        func holds(_ path: SpoolPath) -> Bool {
            let name = path.name
            return hold.contains { $0.matches(name) }
        }
    }

    /// How the database was found when it was opened.
    public enum Opening: Sendable, Equatable {
        case asItWas
        /// There was none: a new state directory, or somebody deleted it.
        case new
        /// It was unreadable, and has been put aside under the name given.
        case damaged(keptAs: String)
    }

    public let policy: Policy
    public let opening: Opening
    let queue: DatabaseQueue

    /// Opens `path`, making the database if it is not there. One that can not be read is renamed, never deleted, and a new
    /// one takes its place; the spool tree then says what there is to upload.
    public init(path: String, policy: Policy, logger: Logger) throws {
        self.policy = policy
        let existed = FileManager.default.fileExists(atPath: path)
        do {
            queue = try Self.open(path)
            opening = existed ? .asItWas : .new
        } catch let error as DatabaseError where existed && Self.meansDamage(error) {
            let kept = try Self.putAside(path)
            logger.error("the checkpoint database can not be read and was put aside", metadata: ["kept-as": "\(kept)", "error": "\(error)"])
            queue = try Self.open(path)
            opening = .damaged(keptAs: kept)
        }
    }

    private static func open(_ path: String) throws -> DatabaseQueue {
        // SQLite makes a file that others may read; the URLs of upload sessions are secrets. Its other files follow this one's mode.
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor >= 0 { Glibc.close(descriptor) }
        var configuration = Configuration()
        configuration.label = "uploadfs.checkpoints"
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
        // A database can open and yet be torn inside: the row that the start-up needs first is read once.
        _ = try queue.read { try Row.fetchOne($0, sql: "SELECT \(UploadRecord.columns) FROM uploads WHERE state <> 'uploaded' LIMIT 1") }
        return queue
    }

    private static func meansDamage(_ error: DatabaseError) -> Bool {
        [.SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_ERROR, .SQLITE_MISMATCH].contains(error.resultCode.primaryResultCode)
    }

    private static func putAside(_ path: String) throws -> String {
        let kept = "\(path).damaged-\(Milliseconds.now())"
        try FileManager.default.moveItem(atPath: path, toPath: kept)
        for suffix in ["-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.moveItem(atPath: path + suffix, toPath: kept + suffix)
        }
        return kept
    }

    public func close() throws {
        try queue.close()
    }

    /// Runs one transaction.
    func write<T>(durable: Bool = false, _ updates: (Database) throws -> T) throws -> T {
        try queue.writeWithoutTransaction { db in
            // The setting can not change inside a transaction.
            if durable { try db.execute(sql: "PRAGMA synchronous = FULL") }
            defer { if durable { try? db.execute(sql: "PRAGMA synchronous = NORMAL") } }
            // Compiled once: these two statements are run more often than any other.
            try db.cachedStatement(sql: "BEGIN IMMEDIATE TRANSACTION").execute()
            do {
                let result = try updates(db)
                try db.cachedStatement(sql: "COMMIT TRANSACTION").execute()
                return result
            } catch {
                try? db.rollback()
                throw error
            }
        }
    }

    /// Runs questions. They need no transaction: the connection is the only one, and what one closure asks is not interrupted.
    func read<T>(_ value: (Database) throws -> T) throws -> T {
        try queue.unsafeRead(value)
    }
}
