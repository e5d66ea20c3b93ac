import Checkpoints
import Foundation
import Testing
import UploadCore

@Suite struct JournalTests {
    let directory: TemporaryDirectory
    var path: String { directory.path + "/journal" }

    init() throws {
        directory = try TemporaryDirectory()
    }

    static let everyKind: [FileEvent.Change] = [
        .contentWillChange(FileID(inode: 1), path: SpoolPath("a/b")),
        .contentClosed(FileID(inode: .max), path: SpoolPath(bytes: [0xFF, 0x0A]), content: Fingerprint(size: 1 << 40, modified: -5), urgent: true),
        .timesChanged(FileID(inode: 3), modified: 12),
        .renamed(from: SpoolPath("x"), to: SpoolPath("y"), isDirectory: true, replaced: nil),
        .renamed(from: SpoolPath("x"), to: SpoolPath("y"), isDirectory: false, replaced: FileID(inode: 9)),
        .removed(FileID(inode: 4), path: SpoolPath(String(repeating: "n", count: 4000))),
        .exchanged(SpoolPath("x"), SpoolPath("y"), id: .max),
        .contentWillChange(FileID(inode: 1), path: SpoolPath("a/b"), unseen: true),
        .contentMayChange(FileID(inode: 5)),
        .writersClosed(FileID(inode: .max)),
    ]

    @Test func everyEventComesBackAsItWas() throws {
        let journal = try Journal(directory: path)
        for change in Self.everyKind { try journal.append(FileEvent(time: 77, change: change)) }
        let (events, next) = try journal.read(from: .start, limit: 100)
        #expect(events.map(\.change) == Self.everyKind)
        #expect(events.allSatisfy { $0.time == 77 })
        #expect(next == journal.end)
    }

    /// Two records in one write(2): the first is in the file as soon as somebody reads it, or with the next one.
    @Test(arguments: [false, true]) func anEventThatCanWaitKeepsItsPlace(isFollowed: Bool) throws {
        let journal = try Journal(directory: path)
        let still = FileEvent.Change.writersClosed(FileID(inode: 5))
        let following = isFollowed ? [FileEvent.Change.contentMayChange(FileID(inode: 5))] : []
        let before = journal.end
        for change in [still] + following { try journal.append(FileEvent(time: 1, change: change)) }
        #expect(journal.isWaiting(FileID(inode: 5)))
        journal.tookIn(upTo: before)
        #expect(journal.isWaiting(FileID(inode: 5)), "the event has not been taken in")
        try #require(journal.end != before)
        #expect(try journal.read(from: before, limit: 10).events.map(\.change) == [still] + following)
        journal.tookIn(upTo: journal.end)
        #expect(!journal.isWaiting(FileID(inode: 5)))
        // Another process finds it after `synchronize`.
        try journal.append(FileEvent(time: 1, change: still))
        try journal.synchronize()
        #expect(try Journal(directory: path).read(from: before, limit: 10).events.count == following.count + 2)
    }

    @Test func readingGoesOnWhereItStopped() throws {
        let journal = try Journal(directory: path)
        for number in 0..<10 { try journal.append(FileEvent(time: Int64(number), change: .timesChanged(FileID(inode: 1), modified: 0))) }
        let (first, middle) = try journal.read(from: .start, limit: 4)
        let (rest, _) = try journal.read(from: middle, limit: 100)
        #expect((first + rest).map(\.time) == Array(0..<10))
    }

    @Test func anotherProcessFindsWhatTheLastOneWrote() throws {
        do {
            let journal = try Journal(directory: path)
            try journal.append(FileEvent(time: 1, change: Self.everyKind[0]))
        }
        let journal = try Journal(directory: path)
        try journal.append(FileEvent(time: 2, change: Self.everyKind[1]))
        #expect(try journal.read(from: .start, limit: 10).events.map(\.time) == [1, 2])
    }

    /// A power cut may leave any number of a record's bytes, and garbage behind it.
    @Test(arguments: [1, 7, 8, 9, 20])
    func aTornEndIsCutOff(_ kept: Int) throws {
        do {
            let journal = try Journal(directory: path)
            try journal.append(FileEvent(time: 1, change: Self.everyKind[0]))
            try journal.append(FileEvent(time: 2, change: Self.everyKind[5]))
        }
        let segment = path + "/1"
        let whole = try Data(contentsOf: URL(fileURLWithPath: segment))
        let secondLength = whole.count - Int(firstLength(whole))
        #expect(secondLength > 20)
        try whole.prefix(whole.count - secondLength + kept).write(to: URL(fileURLWithPath: segment))
        let journal = try Journal(directory: path)
        #expect(try journal.read(from: .start, limit: 10).events.map(\.time) == [1])
        try journal.append(FileEvent(time: 3, change: Self.everyKind[0]))
        #expect(try journal.read(from: .start, limit: 10).events.map(\.time) == [1, 3])
    }

    private func firstLength(_ bytes: Data) -> UInt32 {
        8 + bytes.prefix(4).withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self)) }
    }

    @Test func aLongSegmentIsReplacedOnceItIsTakenIn() throws {
        let journal = try Journal(directory: path)
        let long = FileEvent(time: 1, change: Self.everyKind[5])
        for _ in 0..<1100 { try journal.append(long) }
        var stored: JournalPosition?
        try journal.rotate(applied: .start) { stored = $0 }
        #expect(stored == nil, "nothing has been taken in yet")
        try journal.rotate(applied: journal.end) { stored = $0 }
        #expect(stored == JournalPosition(segment: 2, offset: 0))
        #expect(journal.end == stored)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["2"])
        try journal.append(long)
        #expect(try journal.read(from: JournalPosition(segment: 2, offset: 0), limit: 10).events == [long])
        #expect(try journal.read(from: .start, limit: 10).events == [long], "a position in a segment that is gone goes on in the next")
    }
}
