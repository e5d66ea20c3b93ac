import Foundation
import GRDB
import Logging
import NIOConcurrencyHelpers
import Testing
import UploadCore

@testable import Checkpoints

/// A database that is damaged while it is in use, or between two uses.
@Suite struct DamagedDatabaseTests {
    let base: CheckpointStoreTests
    let path: String

    init() throws {
        base = try CheckpointStoreTests()
        path = base.directory.path + "/checkpoints.sqlite"
    }

    private var store: CheckpointStore { base.store }

    /// Puts everything into the file itself and out of SQLite's memory.
    private func flush() throws {
        try store.read { db in
            try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            db.releaseMemory()
        }
    }

    private func overwrite(_ change: (inout Data) -> Void) throws {
        let url = URL(fileURLWithPath: path)
        var bytes = try Data(contentsOf: url)
        change(&bytes)
        let handle = try FileHandle(forWritingTo: url)
        try handle.write(contentsOf: bytes)
        try handle.close()
    }

    private var kept: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: base.directory.path).filter { $0.contains(".damaged-") && $0.last?.isNumber == true }
        }
    }

    @Test func damageThatIsFoundInUseReplacesTheDatabase() throws {
        for index in 1...200 { try base.close(FileID(inode: UInt64(index)), "d/\(index)") }
        try flush()
        let losses = NIOLockedValueBox(0)
        store.whenLost { loss in if case .database = loss { losses.withLockedValue { $0 += 1 } } }
        try overwrite { bytes in
            for index in 4096..<bytes.count { bytes[index] = 0x5A }
        }
        #expect(try store.upload(of: FileID(inode: 7)) == nil)
        #expect(losses.withLockedValue { $0 } == 1)
        #expect(try kept.count == 1)
        #expect(try store.isScanRequested())
        // The new one is as good as any.
        #expect(try store.reconcile(FileID(inode: 7), path: SpoolPath("d/7"), content: base.content, now: 1))
        #expect(try store.upload(of: FileID(inode: 7))?.state == .settling)
        #expect(try store.totals(below: .root).sums[.settling]?.files == 1)
    }

    /// A row that no index leads to any more would never be uploaded.
    @Test func anIndexThatDoesNotMatchItsTableIsFoundAtTheStart() throws {
        for index in 1...50 { try base.close(FileID(inode: UInt64(index)), "d/\(index)") }
        try flush()
        try store.close()
        let root = try DatabaseQueue(path: path).read { db in
            try #require(try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_master WHERE name = 'file_uploads_next'"))
        }
        // The last byte of the page is in the entry that was written first: the file number that it leads to.
        try overwrite { $0[root * 4096 - 1] ^= 0x40 }
        let again = try CheckpointStoreTests.open(base.directory)
        guard case .damaged = again.opening else {
            Issue.record("the damage was not found")
            return
        }
        #expect(try again.isScanRequested())
    }

    @Test func removalsThatAreLostAreCounted() throws {
        try store.write { transaction in
            for key in ["a", "b"] { try transaction.insert(RemoteTask(.remove(ObjectKey(key), version: "1", path: nil), now: 0)) }
        }
        for index in 1...200 { try base.close(FileID(inode: UInt64(index)), "d/\(index)") }
        try flush()
        try store.close()
        let root = try DatabaseQueue(path: path).read { db in
            try #require(try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_master WHERE name = 'file_uploads'"))
        }
        try overwrite { bytes in
            for index in (root - 1) * 4096..<root * 4096 { bytes[index] = 0 }
        }
        let again = try CheckpointStoreTests.open(base.directory)
        #expect(again.opening != .asItWas)
        #expect(try again.lostRemovals() == 2)
        try again.forgetLostRemovals()
        #expect(try again.lostRemovals() == 0)
    }

    @Test func aDamagedFactReplacesTheDatabase() throws {
        try store.setFact("boot id", "x")
        try store.write { try $0.db.execute(sql: "UPDATE facts SET value = 'y' WHERE name = 'boot id'") }
        #expect(try store.fact("boot id") == nil)
        #expect(try kept.count == 1)
    }

    @Test func aDamagedSumIsCountedAgain() throws {
        try base.close(base.file, "d/a")
        let whole = try store.totals(below: .root)
        try store.write { try $0.db.execute(sql: "UPDATE directory_totals SET files = 77") }
        #expect(try store.totals(below: .root) == whole)
    }

    /// Texts come from servers, and may hold anything.
    @Test func aTextWithNULIsTheSameWhenItIsReadAgain() throws {
        try base.close(base.file, "a")
        let claimed = try #require(try store.claim(now: .max)).upload
        let session = UploadSession(handle: "a\0b\u{10FFFF}", expiresAt: nil)
        _ = try store.take(.opened(session, key: ObjectKey("a"), knowledge: .absent), for: base.file, generation: claimed.generation, now: 1)
        #expect(try store.upload(of: base.file)?.unfinished?.session == session)
    }
}
