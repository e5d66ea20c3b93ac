import Checkpoints
import Foundation
import Testing
import UploadCore
import UploadTesting

@Suite struct JournalTests {
    let directory: TemporaryDirectory
    var path: String { directory.path + "/journal" }

    init() throws {
        directory = try TemporaryDirectory()
    }

    static let everyKind: [FileEvent.Change] = [
        .contentWillChange(FileID(inode: 1), path: SpoolPath("a/b"), unseen: false),
        .contentClosed(FileID(inode: .max), path: SpoolPath(bytes: [0xFF, 0x0A]), content: Fingerprint(size: 1 << 40, modified: -5), urgent: true),
        .timesChanged(FileID(inode: 3), modified: 12),
        .renamed(FileID(inode: 8), from: SpoolPath("x"), to: SpoolPath("y"), isDirectory: true, replaced: nil),
        .renamed(FileID(inode: 8), from: SpoolPath("x"), to: SpoolPath("y"), isDirectory: false, replaced: FileID(inode: 9)),
        .removed(FileID(inode: 4), path: SpoolPath(String(repeating: "n", count: 4000))),
        .exchanged(FileID(inode: 2), SpoolPath("x"), SpoolPath("y"), id: .max),
        .contentWillChange(FileID(inode: 1), path: SpoolPath("a/b"), unseen: true),
        .contentMayChange(FileID(inode: 5)),
        .writersClosed(FileID(inode: .max)),
        .control(.pause, .file(FileID(inode: 6))), .control(.cancel, .directory(SpoolPath("d"))), .control(.retry, .directory(.root)),
        .priority(-10, .file(FileID(inode: 6))), .priority(10, .directory(SpoolPath(bytes: [0xFF]))),
    ]

    @Test func everyEventComesBackAsItWas() throws {
        let journal = try Journal(directory: path)
        for change in Self.everyKind { try journal.append(FileEvent(time: 77, change: change)) }
        let entries = try journal.read(from: .start, limit: 100)
        #expect(entries.map(\.event.change) == Self.everyKind)
        #expect(entries.allSatisfy { $0.event.time == 77 })
        #expect(entries.last?.end == journal.end)
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
        #expect(try journal.read(from: before, limit: 10).map(\.event.change) == [still] + following)
        journal.tookIn(upTo: journal.end)
        #expect(!journal.isWaiting(FileID(inode: 5)))
        // Another process finds it after `synchronize`.
        try journal.append(FileEvent(time: 1, change: still))
        try journal.synchronize()
        #expect(try Journal(directory: path).read(from: before, limit: 10).count == following.count + 2)
    }

    @Test func readingGoesOnWhereItStopped() throws {
        let journal = try Journal(directory: path)
        for number in 0..<10 { try journal.append(FileEvent(time: Int64(number), change: .timesChanged(FileID(inode: 1), modified: 0))) }
        let first = try journal.read(from: .start, limit: 4)
        let rest = try journal.read(from: #require(first.last).end, limit: 100)
        #expect((first + rest).map(\.event.time) == Array(0..<10))
    }

    @Test func anotherProcessFindsWhatTheLastOneWrote() throws {
        do {
            let journal = try Journal(directory: path)
            try journal.append(FileEvent(time: 1, change: Self.everyKind[0]))
        }
        let journal = try Journal(directory: path)
        try journal.append(FileEvent(time: 2, change: Self.everyKind[1]))
        #expect(try journal.read(from: .start, limit: 10).map(\.event.time) == [1, 2])
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
        #expect(try journal.read(from: .start, limit: 10).map(\.event.time) == [1])
        try journal.append(FileEvent(time: 3, change: Self.everyKind[0]))
        #expect(try journal.read(from: .start, limit: 10).map(\.event.time) == [1, 3])
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
        #expect(try journal.read(from: JournalPosition(segment: 2, offset: 0), limit: 10).map(\.event) == [long])
        #expect(try journal.read(from: .start, limit: 10).map(\.event) == [long], "a position in a segment that is gone goes on in the next")
    }

    // MARK: A stored place that the journal does not have

    private func fill(_ count: Int) throws -> JournalPosition {
        let journal = try Journal(directory: path)
        for number in 0..<count { try journal.append(FileEvent(time: Int64(number), change: Self.everyKind[0])) }
        return journal.end
    }

    @Test func aPlaceThatTheJournalHasIsGoneOnFrom() throws {
        let end = try fill(3)
        for position in [JournalPosition.start, end] {
            let resumed = try Journal(directory: path).resume(from: position)
            #expect(resumed.position == position && !resumed.isLost)
        }
        let fresh = try Journal(directory: path).resume(from: nil)
        #expect(fresh.position == .start && !fresh.isLost)
    }

    enum Loss: CaseIterable { case removed, cut, zeroed, otherSegment }

    @Test(arguments: Loss.allCases) func whatIsWrittenAfterALossIsRead(_ loss: Loss) throws {
        var stored = try fill(9)
        let segment = path + "/1"
        let length = Int(stored.offset)
        switch loss {
        case .removed: try FileManager.default.removeItem(atPath: path)
        case .cut: try Data(contentsOf: URL(fileURLWithPath: segment)).prefix(length / 2).write(to: URL(fileURLWithPath: segment))
        case .zeroed: try Data(count: length).write(to: URL(fileURLWithPath: segment))
        case .otherSegment: stored = JournalPosition(segment: .max, offset: .max)
        }
        let journal = try Journal(directory: path)
        let (position, isLost) = try journal.resume(from: stored)
        #expect(isLost)
        let event = FileEvent(time: 99, change: Self.everyKind[1])
        try journal.append(event)
        #expect(try journal.read(from: position, limit: 10).map(\.event) == [event])
    }

    @Test func aNameThatIsTooLargeANumberIsNoSegment() throws {
        _ = try fill(1)
        for name in ["9223372036854775807", "-1", "0", "x"] { try Data("x".utf8).write(to: URL(fileURLWithPath: path + "/" + name)) }
        let journal = try Journal(directory: path)
        #expect(journal.end.segment == 1)
        #expect(try journal.read(from: .start, limit: 10).count == 1)
    }

    /// Any bytes, and every event with any of its bytes changed, are read as events or as nothing.
    @Test(arguments: 0..<20) func anyBytesAreReadWithoutATrap(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for change in Self.everyKind {
            var record = FileEventCodec.encode(FileEvent(time: .random(in: .min ... .max, using: &random), change: change))
            for _ in 0..<50 {
                record[Int.random(in: 0..<record.count, using: &random)] = .random(in: 0...255, using: &random)
                _ = FileEventCodec.decode(record[...])
                // With a checksum that fits, the fields themselves are read.
                var payload = Array(record.dropFirst(8))
                if Bool.random(using: &random) { payload.removeLast(Int.random(in: 0..<payload.count, using: &random)) }
                var crc = CRC32C()
                payload.withUnsafeBytes { crc.update($0) }
                let header = [UInt32(payload.count), crc.value].flatMap { value in withUnsafeBytes(of: value.littleEndian) { Array($0) } }
                _ = FileEventCodec.decode((header + payload)[...])
            }
        }
    }
}
