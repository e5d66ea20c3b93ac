import Foundation
import GRDB
import Logging
import Testing
import UploadCore
import UploadTesting

@testable import Checkpoints

/// A row may hold anything: a disk, another program or a later version may have written it.
@Suite struct DamagedRowTests {
    let base: CheckpointStoreTests
    let session = UploadSession(handle: "secret", expiresAt: Date(timeIntervalSince1970: 5), partSize: 100)

    init() throws {
        base = try CheckpointStoreTests()
    }

    private var store: CheckpointStore { base.store }

    private static let values: [any DatabaseValueConvertible & Sendable] = [
        "text", "", Int64.max, Int64.min, -1, 0, 1.5, Double.nan, Data([0xFF, 0x00]), "fragment", "sending", "backing off",
    ]

    /// A file with everything that a row can have.
    private func fill() throws -> FileUpload {
        try base.close(base.file, "d/a")
        let claimed = try #require(try store.claim(now: .max)).upload
        _ = try store.take(.opened(session, key: ObjectKey("d/a"), knowledge: .absent), for: base.file, generation: claimed.generation, now: 1)
        try store.received(
            PartReceipt(number: 1, offset: 0, length: 100, token: "t", digest: nil), confirmed: 100, for: base.file, generation: claimed.generation)
        return claimed
    }

    @Test func noValueOfAnyColumnTraps() throws {
        let claimed = try fill()
        let columns = try store.read {
            try Row.fetchAll($0, sql: "PRAGMA table_info(file_uploads)").compactMap { String.fromDatabaseValue($0["name"]) }
        }
        let whole = try store.read { try #require(try Row.fetchOne($0, sql: "SELECT * FROM file_uploads")) }
        for column in columns where column != "file" {
            for value in Self.values + [DatabaseValue.null] {
                try store.write { transaction in
                    // A column that must not be null stays as it is. A row of an earlier version has no checksum.
                    try transaction.db.execute(sql: "UPDATE file_uploads SET row_checksum = NULL")
                    try? transaction.db.execute(sql: "UPDATE file_uploads SET \(column) = ?", arguments: [value])
                }
                _ = try store.upload(of: base.file)
                _ = try store.unfinished(below: .root, limit: 10)
                _ = try store.totals(below: .root)
                _ = try store.nextClaim()
                _ = try store.isBusy(ObjectKey("d/a"), besides: FileID(inode: 99))
                _ = try store.knownSessions(of: ObjectKey("d/a"))
                try base.tell(.control(.pause, .directory(.root)), .control(.retry, .directory(.root)), at: 2)
                _ = try store.claim(now: .max)
                _ = try store.take(.confirmed(1, crc: 0), for: base.file, generation: claimed.generation, now: 1)
                try store.restart(now: 1)
                try base.tell(.renamed(base.file, from: SpoolPath("d"), to: SpoolPath("e"), isDirectory: true, replaced: nil), at: 3)
                // As it was.
                try store.write { transaction in
                    try transaction.db.execute(sql: "DELETE FROM file_uploads")
                    let names = whole.columnNames.joined(separator: ", ")
                    try transaction.db.execute(
                        sql: "INSERT INTO file_uploads (\(names)) VALUES (\(whole.columnNames.map { _ in "?" }.joined(separator: ", ")))",
                        arguments: StatementArguments(whole.databaseValues))
                }
            }
        }
    }

    @Test func aFileWhoseRowCanNotBeReadIsFoundAgain() throws {
        _ = try fill()
        try store.write { try $0.db.execute(sql: "UPDATE file_uploads SET generation = 'x'") }
        try store.restart(now: 1)
        #expect(try store.isScanRequested())
        #expect(try store.upload(of: base.file) == nil)
        try store.restart(now: 1)
        #expect(try store.totals(below: .root) == DirectoryTotals(), "the sums are counted again")
        #expect(try store.reconcile(base.file, path: SpoolPath("d/a"), content: base.content, now: 1))
        #expect(try base.record().state == .settling)
    }

    /// What looks whole may be another value than the one that was stored.
    @Test func aChangedValueOfARowIsFound() throws {
        _ = try fill()
        // What follows from the others is compared by the check at the start, since it is in the indexes.
        let derived: Set = ["file", "runnable_at", "is_small", "state"]
        for column in try store.read({ try $0.columns(in: "file_uploads").map(\.name) }) where !derived.contains(column) {
            struct TakenBack: Error {}
            do {
                try store.write { transaction in
                    let isNull = try Bool.fetchOne(transaction.db, sql: "SELECT \(column) IS NULL FROM file_uploads")
                    let other =
                        "CASE typeof(\(column)) WHEN 'integer' THEN \(column) + 1 WHEN 'text' THEN \(column) || 'x' ELSE CAST(\(column) || 'x' AS BLOB) END"
                    try transaction.db.execute(sql: "UPDATE file_uploads SET \(column) = \(isNull == true ? "1" : other)")
                    let row = try Stored<UploadRow>.fetchOne(transaction.db, sql: "SELECT \(UploadRow.columns) FROM file_uploads")
                    #expect(row != nil && row?.value == nil, "\(column)")
                    throw TakenBack()
                }
            } catch is TakenBack {}
        }
        #expect(try store.upload(of: base.file) != nil)
    }

    @Test func noValueOfATaskTraps() throws {
        let columns = try store.read {
            try Row.fetchAll($0, sql: "PRAGMA table_info(remote_work)").compactMap { String.fromDatabaseValue($0["name"]) }
        }
        for column in columns where column != "id" {
            for value in Self.values + [DatabaseValue.null] {
                try store.write { transaction in
                    for work in [
                        RemoteTask.Work.abort(session), .remove(ObjectKey("k"), version: "v", path: SpoolPath("p")),
                        .discard(ObjectKey("k"), version: "v"),
                        .removeUnconfirmed(ObjectKey("k"), checksum: "c", reservation: nil),
                        .dropOrphaned(SessionBegin(key: ObjectKey("k"), from: Date())),
                    ] { try transaction.insert(RemoteTask(work, now: 0)) }
                    try transaction.db.execute(sql: "UPDATE remote_work SET row_checksum = NULL")
                    try? transaction.db.execute(sql: "UPDATE remote_work SET \(column) = ?", arguments: [value])
                }
                for task in try store.runnableTasks(now: .max, limit: 100) {
                    try store.ended(task, .notFound, now: .max)
                    try store.ended(task, .failed(UploadError(.serverBusy, "x"), random: 1), now: .max)
                }
                _ = try store.refusals(limit: 5)
                try store.restart(now: 0)
                try store.write { try $0.db.execute(sql: "DELETE FROM remote_work") }
            }
        }
    }

    /// The sums that follow each change are those that counting everything finds.
    @Test(arguments: 0..<8) func theSumsOfDirectoriesAreRight(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let paths = ["a", "d/a", "d/b", "d/e/a", "f/a"].map { SpoolPath($0) }
        for step in 1...150 {
            let file = FileID(inode: .random(in: 1...6, using: &random))
            let (path, other) = (paths.randomElement(using: &random) ?? .root, paths.randomElement(using: &random) ?? .root)
            let size = Fingerprint(size: .random(in: 0 ... .max, using: &random), modified: 1)
            let changes: [FileEvent.Change] = [
                .contentWillChange(file, path: path, unseen: false), .contentClosed(file, path: path, content: size, urgent: false),
                .renamed(file, from: path, to: other, isDirectory: false, replaced: nil),
                .renamed(file, from: SpoolPath("d"), to: SpoolPath("g"), isDirectory: true, replaced: nil),
                .renamed(file, from: SpoolPath("g"), to: SpoolPath("d"), isDirectory: true, replaced: nil),
                .exchanged(file, path, other, id: UInt64(step)), .removed(file, path: path), .control(.pause, .directory(SpoolPath("d"))),
                .control(.retry, .directory(.root)),
            ]
            try base.tell(changes.randomElement(using: &random) ?? changes[0], at: Int64(step))
            if Bool.random(using: &random) { _ = try store.claim(now: .max) }
        }
        let directories = [SpoolPath.root, SpoolPath("d"), SpoolPath("d/e"), SpoolPath("g"), SpoolPath("f")]
        let kept = try directories.map { try store.totals(below: $0) }
        try store.setFact(UploadTransaction.totalsFact, "stale")
        try store.recountIfStale()
        #expect(try directories.map { try store.totals(below: $0) } == kept)
    }
}
