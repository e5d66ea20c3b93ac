import Checkpoints
import Foundation
import Logging
import Testing
import UploadCore

@Suite struct CheckpointStoreTests {
    let directory: TemporaryDirectory
    let store: CheckpointStore
    let file = FileID(inode: 10)
    let content = Fingerprint(size: 100, modified: 5)
    static let policy = CheckpointStore.Policy(settle: .seconds(1), hold: [NamePattern("*.part")], propagatesRemovals: true)

    init() throws {
        directory = try TemporaryDirectory()
        store = try Self.open(directory)
    }

    static func open(_ directory: TemporaryDirectory) throws -> CheckpointStore {
        try CheckpointStore(path: directory.path + "/checkpoints.sqlite", policy: policy, logger: Logger(label: "test"))
    }

    func tell(_ changes: FileEvent.Change..., at time: Int64 = 1000) throws {
        try store.apply(changes.map { FileEvent(time: time, change: $0) }, upTo: JournalPosition(segment: 1, offset: time))
    }

    func close(_ file: FileID, _ path: String, urgent: Bool = false) throws {
        try tell(.contentWillChange(file, path: SpoolPath(path)), .contentClosed(file, path: SpoolPath(path), content: content, urgent: urgent))
    }

    func record(_ file: FileID? = nil) throws -> UploadRecord {
        try #require(try store.record(of: file ?? self.file))
    }

    func object(_ version: String = "v1") -> RemoteObject {
        RemoteObject(id: "id", version: version, etag: "e", size: 100, digest: CRC32C().digest)
    }

    /// Claims the file and stores it as uploaded under its own path.
    func upload(_ file: FileID, _ path: String) throws {
        let claimed = try #require(try store.claim(limit: 1, now: .max).first)
        #expect(claimed.file == file)
        try store.committed(object(), key: ObjectKey(path), for: file, generation: claimed.generation, now: 3000) { ObjectKey($0.description) }
    }

    // MARK: Sessions that may be left behind

    private static let begin = SessionBegin(key: ObjectKey("a"), from: Milliseconds.date(1_000_000))

    @Test func aRequestThatOpensASessionIsCleanedUpAfterWhenItsAnswerIsLost() throws {
        try store.beginning(Self.begin)
        #expect(try tasks() == [] && store.nextDue() == nil && store.remoteTaskCount() == 0)
        #expect(try store.knownSessions(of: ObjectKey("a")) == nil)
        try store.beginFailed(Self.begin, mayExist: true, now: 1_500_000)
        let lost = SessionBegin(key: ObjectKey("a"), from: Milliseconds.date(1_000_000), until: Milliseconds.date(1_500_000))
        #expect(try tasks() == [.dropOrphaned(lost)])
        #expect(try store.remoteTaskCount() == 1)
        #expect(try !store.isBusy(ObjectKey("a"), besides: file), "the next upload need not wait")
        #expect(try store.knownSessions(of: ObjectKey("a")) == [])
    }

    @Test func aRequestThatOpensASessionIsCleanedUpAfterWhenTheProcessIsKilled() throws {
        try store.beginning(Self.begin)
        try store.recover(now: 2000)
        #expect(try tasks() == [.dropOrphaned(Self.begin)])
    }

    @Test func aRequestThatIsAnsweredLeavesNothingToCleanUp() throws {
        try store.beginning(Self.begin)
        try store.beginFailed(Self.begin, mayExist: false, now: 2000)
        try close(file, "a")
        let claimed = try #require(try store.claim(limit: 1, now: .max).first)
        try store.beginning(Self.begin)
        let session = UploadSession(handle: "secret", expiresAt: nil)
        #expect(
            try store.opened(
                session, by: Self.begin, key: ObjectKey("a"), for: file, generation: claimed.generation, knowledge: .absent))
        try store.recover(now: 2000)
        #expect(try tasks() == [])
        #expect(try store.knownSessions(of: ObjectKey("a")) == [session])
    }

    @Test(arguments: [false, true])
    func aCopyThatDoesNotComeToItsEndIsAborted(isKilled: Bool) throws {
        let session = UploadSession(handle: "copy", expiresAt: nil)
        try store.beginning(Self.begin)
        try store.copyOpened(session, by: Self.begin)
        #expect(try tasks() == [])
        #expect(try store.knownSessions(of: ObjectKey("a")) == [session])
        if isKilled { try store.recover(now: 2000) } else { try store.copyEnded(session, isGone: false) }
        #expect(try tasks() == [.abort(session)])
    }

    @Test func aCopyThatHasEndedIsForgotten() throws {
        let session = UploadSession(handle: "copy", expiresAt: nil)
        try store.beginning(Self.begin)
        try store.copyOpened(session, by: Self.begin)
        try store.copyEnded(session, isGone: true)
        try store.recover(now: 2000)
        #expect(try tasks() == [])
    }

    // MARK: Objects that may be left behind

    /// A put is under way, or was when the process was killed.
    private func put(_ path: String) throws {
        try close(file, path)
        let claimed = try #require(try store.claim(limit: 1, now: .max).first)
        #expect(try store.willCommit(under: ObjectKey(path), checksum: "crc32c:x", reservation: nil, for: file, generation: claimed.generation))
    }

    private func tasks() throws -> [RemoteTask.Work] { try store.dueRemoteTasks(now: .max, limit: 9).map(\.work) }

    @Test func removingAFileTakesWithItWhatARequestWithoutAnswerMayHaveMade() throws {
        try put("a")
        try tell(.removed(file, path: SpoolPath("a")))
        #expect(try tasks() == [.removeUnconfirmed(ObjectKey("a"), checksum: "crc32c:x", reservation: nil)])
    }

    @Test func changingAFileAsksNoMoreForTheObjectOfItsFormerContent() throws {
        try put("a")
        try store.recover(now: 2000)
        #expect(try record().answerMissing)
        try close(file, "a")
        #expect(try !record().answerMissing)
        #expect(try tasks() == [.removeUnconfirmed(ObjectKey("a"), checksum: "crc32c:x", reservation: nil)])
    }

    /// A service can be slow to make what a killed process had asked for.
    @Test func anObjectThatWasNotThereTwiceIsLookedForWhileNobodyWaits() throws {
        try put("a")
        try tell(.removed(file, path: SpoolPath("a")))
        let other = FileID(inode: 99)
        for look in 1...2 {
            #expect(try store.remoteTaskCount() == 1)
            #expect(try store.isBusy(ObjectKey("a"), besides: other))
            let task = try #require(try store.dueRemoteTasks(now: .max, limit: 1).first)
            try store.lookAgain(task, at: Int64(look))
        }
        #expect(try store.remoteTaskCount() == 0)
        #expect(try !store.isBusy(ObjectKey("a"), besides: other))
        #expect(try tasks().count == 1)
    }

    /// Renamed to a temporary name and back, while a request is under way.
    @Test func anObjectThatTurnsOutToBeWantedIsLookedForNoMore() throws {
        try put("a")
        let generation = try record().generation
        try tell(.renamed(from: SpoolPath("a"), to: SpoolPath("a.part"), isDirectory: false, replaced: nil))
        try tell(.renamed(from: SpoolPath("a.part"), to: SpoolPath("a"), isDirectory: false, replaced: nil))
        let task = try #require(try store.dueRemoteTasks(now: .max, limit: 1).first)
        #expect(try store.isLeft(task))
        try store.committed(object(), key: ObjectKey("a"), for: file, generation: generation, now: 3000) { ObjectKey($0.description) }
        #expect(try !store.isLeft(task))
        #expect(try record().remoteIsCurrent)
    }

    @Test func aFileWhoseNewNameCanNotBeHeldLeavesNoObject() throws {
        try close(file, "a")
        try upload(file, "a")
        try store.giveUp(file, generation: try record().generation)
        #expect(try tasks() == [.remove(ObjectKey("a"), version: "v1")])
        #expect(try record().remoteKey == nil)
    }

    @Test func aRenamedFileIsLookedForUnderTheNameItWasSentTo() throws {
        try put("a")
        try store.recover(now: 2000)
        try tell(.renamed(from: SpoolPath("a"), to: SpoolPath("b"), isDirectory: false, replaced: nil))
        #expect(try record().sessionKey == ObjectKey("a"))
        #expect(try tasks() == [])
    }

    @Test func aFileThatGetsATemporaryNameLeavesNoObject() throws {
        try close(file, "a")
        try upload(file, "a")
        try tell(.renamed(from: SpoolPath("a"), to: SpoolPath("a.part"), isDirectory: false, replaced: nil))
        #expect(try record().state == .held)
        #expect(try tasks() == [.remove(ObjectKey("a"), version: "v1")])
    }

    @Test func aFileThatGetsATemporaryNameWhileItIsSentLeavesNoObject() throws {
        try put("a")
        let generation = try record().generation
        try tell(.renamed(from: SpoolPath("a"), to: SpoolPath("a.part"), isDirectory: false, replaced: nil))
        try store.committed(object(), key: ObjectKey("a"), for: file, generation: generation, now: 3000) { ObjectKey($0.description) }
        #expect(try record().state == .held)
        #expect(try tasks().contains(.remove(ObjectKey("a"), version: "v1")))
    }

    @Test func aFileThatIsRenamedWhileItIsWrittenLeavesNoObject() throws {
        try close(file, "d/a")
        try upload(file, "d/a")
        try tell(.contentWillChange(file, path: SpoolPath("d/a")))
        try tell(.renamed(from: SpoolPath("d"), to: SpoolPath("e"), isDirectory: true, replaced: nil))
        #expect(try tasks() == [.remove(ObjectKey("d/a"), version: "v1")])
        #expect(try record().path == SpoolPath("e/a"))
        #expect(try record().remoteKey == nil)
    }

    @Test func theSuccessorOfAnInodeNumberIsAnotherFile() throws {
        try put("a")
        let generation = try record().generation
        try tell(.removed(file, path: SpoolPath("a")), at: 1500)
        try tell(.contentWillChange(file, path: SpoolPath("b")), at: 1501)
        try store.committed(object(), key: ObjectKey("a"), for: file, generation: generation, now: 3000) { ObjectKey($0.description) }
        #expect(try record().state == .open)
        #expect(try !record().remoteIsCurrent)
    }

    // MARK: Intake

    @Test func aClosedFileSettlesAndIsThenDue() throws {
        try close(file, "a")
        #expect(try record().state == .settling)
        #expect(try store.claim(limit: 9, now: 1999).isEmpty)
        #expect(try store.nextDue() == 2000)
        let claimed = try store.claim(limit: 9, now: 2000)
        #expect(claimed.map(\.file) == [file])
        #expect(claimed.first?.attempts == 1)
        #expect(try store.claim(limit: 9, now: .max).isEmpty, "it is taken only once")
    }

    @Test func anUrgentCloseIsDueAtOnce() throws {
        try close(file, "a", urgent: true)
        #expect(try store.claim(limit: 1, now: 1000).count == 1)
    }

    @Test func theJournalPositionIsStoredWithTheEvents() throws {
        #expect(try store.journalPosition() == nil)
        try close(file, "a")
        #expect(try store.journalPosition() == JournalPosition(segment: 1, offset: 1000))
    }

    @Test func aTemporaryNameIsHeldUntilItIsRenamed() throws {
        try close(file, "big.part")
        #expect(try record().state == .held)
        try tell(.renamed(from: SpoolPath("big.part"), to: SpoolPath("big"), isDirectory: false, replaced: nil), at: 5000)
        #expect(try record().state == .settling)
        #expect(try record().path == SpoolPath("big"))
        #expect(try store.nextDue() == 6000)
    }

    @Test func aChangeDuringAnUploadEndsItsGeneration() throws {
        try close(file, "a")
        let claimed = try #require(try store.claim(limit: 1, now: .max).first)
        let session = UploadSession(handle: "secret", expiresAt: nil)
        #expect(try store.opened(session, key: ObjectKey("a"), for: file, generation: claimed.generation, knowledge: .absent))
        try tell(.contentWillChange(file, path: SpoolPath("a")))
        #expect(try record().session == nil)
        #expect(try record().generation == claimed.generation + 1)
        #expect(try store.dueRemoteTasks(now: .max, limit: 9).map(\.work) == [.abort(session)])
        #expect(try store.update(file, generation: claimed.generation) { $0.state = .uploaded } == false)
        #expect(try record().state == .open)
    }

    @Test func whatTheServerConfirmedIsOfOneContent() throws {
        try close(file, "a")
        let claimed = try #require(try store.claim(limit: 1, now: .max).first)
        _ = try store.update(file, generation: claimed.generation) { $0.failures = 3 }
        let before = try record()
        try store.confirmed(100, crc: CRC32C(value: 7), for: file, generation: claimed.generation + 1)
        #expect(try record() == before)
        try store.confirmed(0, crc: CRC32C(value: 0), for: file, generation: claimed.generation)
        #expect(try record() == before, "no progress: the failures still count")
        try store.confirmed(100, crc: CRC32C(value: .max), for: file, generation: claimed.generation)
        var after = before
        after.confirmed = 100
        after.confirmedCRC = .max
        after.failures = 0
        #expect(try record() == after)
    }

    @Test func aSessionForAnOldContentIsAborted() throws {
        try close(file, "a")
        let session = UploadSession(handle: "secret", expiresAt: nil)
        #expect(try store.opened(session, key: ObjectKey("a"), for: file, generation: 99, knowledge: .absent) == false)
        #expect(try store.dueRemoteTasks(now: .max, limit: 9).map(\.work) == [.abort(session)])
    }

    @Test func timesAloneDoNotRestartAnUpload() throws {
        try close(file, "a")
        try upload(file, "a")
        try tell(.timesChanged(file, modified: 77))
        #expect(try record().state == .uploaded)
        #expect(try record().content.modified == 77)
    }

    // MARK: Names

    @Test func removingAFileRemovesItsObject() throws {
        try close(file, "a")
        try upload(file, "a")
        try tell(.removed(file, path: SpoolPath("a")))
        #expect(try store.record(of: file) == nil)
        #expect(try store.dueRemoteTasks(now: .max, limit: 9).map(\.work) == [.remove(ObjectKey("a"), version: "v1")])
        #expect(try store.isBusy(ObjectKey("a"), besides: file))
    }

    @Test func anUploadedFileThatIsRenamedIsDueAgainToFollow() throws {
        try close(file, "a")
        try upload(file, "a")
        try tell(.renamed(from: SpoolPath("a"), to: SpoolPath("b"), isDirectory: false, replaced: nil))
        let moved = try record()
        #expect(moved.state == .settling)
        #expect(moved.remoteIsCurrent)
        #expect(moved.remoteKey == ObjectKey("a"))
    }

    @Test func aReplacedFileHandsItsObjectToItsSuccessor() throws {
        try close(file, "a")
        try upload(file, "a")
        let next = FileID(inode: 11)
        try close(next, "a.part")
        try tell(.renamed(from: SpoolPath("a.part"), to: SpoolPath("a"), isDirectory: false, replaced: file))
        #expect(try store.record(of: file) == nil)
        let successor = try record(next)
        #expect(successor.remoteKey == ObjectKey("a"))
        #expect(successor.remoteVersion == "v1")
        #expect(!successor.remoteIsCurrent)
        #expect(try store.remoteTaskCount() == 0)
    }

    @Test func aDirectoryTakesItsFilesAlong() throws {
        let (second, outside) = (FileID(inode: 11), FileID(inode: 12))
        try close(file, "d/a")
        try upload(file, "d/a")
        try close(second, "d/sub/b")
        try close(outside, "d0")
        try tell(.renamed(from: SpoolPath("d"), to: SpoolPath("elsewhere"), isDirectory: true, replaced: nil))
        #expect(try record(file).path == SpoolPath("elsewhere/a"))
        #expect(try record(file).state == .settling)
        #expect(try record(second).path == SpoolPath("elsewhere/sub/b"))
        #expect(try record(outside).path == SpoolPath("d0"))
    }

    @Test func whatAKilledMoveMayHaveMadeGoesWhenTheFileWasRenamedMeanwhile() throws {
        try close(file, "a")
        try upload(file, "a")
        try tell(.renamed(from: SpoolPath("a"), to: SpoolPath("d/b"), isDirectory: false, replaced: nil), at: 1001)
        let claimed = try #require(try store.claim(limit: 1, now: .max).first)
        func move(to path: String) throws {
            #expect(try store.willCommit(under: ObjectKey(path), checksum: nil, reservation: nil, for: file, generation: claimed.generation))
        }
        try move(to: "d/b")
        try tell(.renamed(from: SpoolPath("d"), to: SpoolPath("e"), isDirectory: true, replaced: nil), at: 1002)
        try store.recover(now: 0)
        try move(to: "e/b")
        let checksum = try #require(try record().checksum)
        #expect(try tasks() == [.removeUnconfirmed(ObjectKey("d/b"), checksum: checksum, reservation: nil)])
    }

    @Test func anObjectWhoseKeyIsTakenOverGoesEvenIfTheTakerDoes() throws {
        let other = FileID(inode: 11)
        try close(other, "b")
        try upload(other, "b")
        try close(file, "a")
        try tell(.exchanged(SpoolPath("a"), SpoolPath("b"), id: 1))
        try store.takeOver(ObjectKey("b"), for: file, now: 0)
        try tell(.removed(file, path: SpoolPath("b")), at: 1001)
        #expect(try tasks().contains(.remove(ObjectKey("b"), version: "v1")))
        #expect(try record(other).remoteKey == nil)
    }

    @Test func anExchangeSwapsWhatHasTheNamesOnce() throws {
        let second = FileID(inode: 11)
        try close(file, "a")
        try upload(file, "a")
        try close(second, "d/b.part")
        let exchange = FileEvent.Change.exchanged(SpoolPath("a"), SpoolPath("d/b.part"), id: 1)
        // A process that is killed right after it told tells again.
        try tell(exchange, exchange)
        try tell(exchange)
        #expect(try record(file).path == SpoolPath("d/b.part"))
        #expect(try record(file).state == .held)
        #expect(try record(second).path == SpoolPath("a"))
        #expect(try record(second).state == .settling)
        #expect(try tasks() == [.remove(ObjectKey("a"), version: "v1")])
        try tell(.exchanged(SpoolPath("a"), SpoolPath("d"), id: 2))
        #expect(try record(file).path == SpoolPath("a/b.part"))
        #expect(try record(second).path == SpoolPath("d"))
    }

    @Test func aRenameDuringTheUploadIsFollowedAfterwards() throws {
        try close(file, "a")
        let claimed = try #require(try store.claim(limit: 1, now: .max).first)
        try tell(.renamed(from: SpoolPath("a"), to: SpoolPath("b"), isDirectory: false, replaced: nil))
        try store.committed(object(), key: ObjectKey("a"), for: file, generation: claimed.generation, now: 3000) { ObjectKey($0.description) }
        #expect(try record().state == .queued)
        #expect(try record().remoteIsCurrent)
    }

    @Test func aFileRemovedDuringItsCommitTakesTheObjectAlong() throws {
        try close(file, "a")
        let claimed = try #require(try store.claim(limit: 1, now: .max).first)
        try tell(.removed(file, path: SpoolPath("a")))
        try store.committed(object(), key: ObjectKey("a"), for: file, generation: claimed.generation, now: 3000) { ObjectKey($0.description) }
        #expect(try store.dueRemoteTasks(now: .max, limit: 9).map(\.work) == [.remove(ObjectKey("a"), version: "v1")])
    }

    // MARK: Sums and control

    @Test func aDirectorySumsUpWhatIsBelow() throws {
        try close(file, "d/a")
        try upload(file, "d/a")
        try close(FileID(inode: 11), "d/b")
        try close(FileID(inode: 12), "e")
        let sums = try store.sums(below: SpoolPath("d"))
        #expect(sums.map(\.files).reduce(0, +) == 2)
        #expect(sums.first { $0.state == .uploaded }?.confirmed == 100)
        #expect(try store.sums(below: .root).map(\.files).reduce(0, +) == 3)
        #expect(try store.unfinished(below: .root, limit: 10).count == 2)
    }

    @Test(arguments: [ControlCommand.resume, .cancel])
    func aPauseWhileAFileIsWrittenPublishesNoFragment(command: ControlCommand) throws {
        try tell(.contentWillChange(file, path: SpoolPath("a")))
        try store.control(.pause, .file(file), now: 0)
        try store.recover(now: 0)
        try store.control(command, .file(file), now: 0)
        #expect(try record().state == .held)
        #expect(try store.claim(limit: 1, now: .max).isEmpty)
    }

    @Test func aFileThatIsResumedWhileItIsWrittenWaitsForItsClose() throws {
        try close(file, "a")
        try store.control(.pause, .file(file), now: 0)
        try tell(.contentWillChange(file, path: SpoolPath("a")))
        try store.control(.resume, .file(file), now: 0)
        #expect(try record().state == .open)
        try tell(.contentClosed(file, path: SpoolPath("a"), content: content, urgent: false))
        #expect(try record().state == .settling)
    }

    @Test func aTemporaryNameStaysHeldAfterAPause() throws {
        try close(file, "a")
        try store.control(.pause, .file(file), now: 0)
        try tell(.renamed(from: SpoolPath("a"), to: SpoolPath("a.part"), isDirectory: false, replaced: nil))
        #expect(try record().state == .paused)
        try store.control(.resume, .file(file), now: 0)
        #expect(try record().state == .held)
        try store.control(.cancel, .file(file), now: 0)
        #expect(try record().state == .held)
    }

    @Test func aPauseOutlastsAChange() throws {
        try close(file, "a")
        try store.control(.pause, .directory(.root), now: 0)
        try close(file, "a")
        #expect(try record().state == .paused)
        #expect(try store.claim(limit: 1, now: .max).isEmpty)
        try store.control(.resume, .file(file), now: 7)
        #expect(try store.claim(limit: 1, now: 7).count == 1)
    }

    @Test func aCancelAbortsTheSession() throws {
        try close(file, "a")
        let claimed = try #require(try store.claim(limit: 1, now: .max).first)
        let session = UploadSession(handle: "secret", expiresAt: nil)
        _ = try store.opened(session, key: ObjectKey("a"), for: file, generation: claimed.generation, knowledge: .absent)
        try store.control(.cancel, .file(file), now: 0)
        #expect(try record().state == .failed)
        #expect(try store.dueRemoteTasks(now: .max, limit: 9).map(\.work) == [.abort(session)])
        try store.control(.retry, .file(file), now: 0)
        #expect(try record().state == .queued)
    }

    @Test func aHigherPriorityGoesFirst() throws {
        try close(file, "a")
        try close(FileID(inode: 11), "b")
        try store.setPriority(5, .file(FileID(inode: 11)))
        #expect(try store.claim(limit: 1, now: .max).map(\.file.inode) == [11])
    }

    @Test func aLargeFileCanBeLeftOut() throws {
        try close(file, "a")
        #expect(try store.claim(limit: 1, now: .max, sizeMax: 99).isEmpty)
        #expect(try store.claim(limit: 1, now: .max, sizeMax: 100).count == 1)
    }

    // MARK: Recovery

    @Test func aFragmentIsHeldUnderAnyName() throws {
        try tell(.contentWillChange(file, path: SpoolPath("a")))
        try store.recover(now: 1)
        #expect(try record().state == .held)
        try tell(.renamed(from: SpoolPath("a"), to: SpoolPath("b"), isDirectory: false, replaced: nil))
        #expect(try record().state == .held)
        try store.control(.retry, .file(file), now: 1)
        #expect(try record().state == .queued)
    }

    @Test func anInterruptedUploadIsQueuedWithItsSession() throws {
        try close(file, "a")
        let claimed = try #require(try store.claim(limit: 1, now: .max).first)
        let session = UploadSession(handle: "secret", expiresAt: nil)
        _ = try store.opened(session, key: ObjectKey("a"), for: file, generation: claimed.generation, knowledge: .absent)
        try store.close()
        let again = try Self.open(directory)
        #expect(again.opening == .asItWas)
        try again.recover(now: 50)
        let record = try #require(try again.record(of: file))
        #expect(record.state == .queued)
        #expect(record.session == session)
        #expect(record.answerMissing)
    }

    @Test(arguments: [0, 20, 100, 5000])
    func aDamagedDatabaseIsPutAsideAndANewOneBegun(_ kept: Int) throws {
        try close(file, "a")
        try store.close()
        let path = directory.path + "/checkpoints.sqlite"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for index in kept..<bytes.count { bytes[index] = 0x5A }
        try bytes.write(to: URL(fileURLWithPath: path))
        let again = try Self.open(directory)
        guard case .damaged(let keptAs) = again.opening else {
            return #expect(kept >= 4096, "damage in the first page is seen at once")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: keptAs)) == bytes)
        #expect(try again.reconcile(file, path: SpoolPath("a"), content: content, now: 1))
        #expect(try #require(try again.record(of: file)).state == .settling)
    }

    @Test func aFileThatChangedUnnoticedIsUploadedAgain() throws {
        try close(file, "a")
        try upload(file, "a")
        #expect(try store.reconcile(file, path: SpoolPath("a"), content: content, now: 1) == false)
        #expect(try store.reconcile(file, path: SpoolPath("a"), content: Fingerprint(size: 100, modified: 6), now: 1))
        #expect(try record().state == .settling)
        #expect(!(try record().remoteIsCurrent))
    }
}
