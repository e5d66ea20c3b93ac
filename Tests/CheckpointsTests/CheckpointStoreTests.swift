@testable import Checkpoints
import Foundation
import GRDB
import Logging
import Testing
import UploadCore

@Suite struct CheckpointStoreTests {
    let directory: TemporaryDirectory
    let store: CheckpointStore
    let file = FileID(inode: 10)
    let content = Fingerprint(size: 100, modified: 5)
    static let policy = UploadPolicy(settle: .seconds(1), hold: HoldRules(["*.part"]), propagatesRemovals: true)

    init() throws {
        directory = try TemporaryDirectory()
        store = try Self.open(directory)
    }

    static func open(_ directory: TemporaryDirectory) throws -> CheckpointStore {
        try CheckpointStore(path: directory.path + "/checkpoints.sqlite", policy: policy, smallMax: 100, logger: Logger(label: "test"))
    }

    func tell(_ changes: FileEvent.Change..., at time: Int64 = 1000) throws {
        let end = JournalPosition(segment: 1, offset: time)
        var rest = changes.map { JournalEntry(event: FileEvent(time: time, change: $0), end: end) }
        while try store.apply(rest, from: .start, now: .max).isUnfinished { rest = rest.suffix(1) }
    }

    func close(_ file: FileID, _ path: String, urgent: Bool = false) throws {
        try tell(
            .contentWillChange(file, path: SpoolPath(path), unseen: false),
            .contentClosed(file, path: SpoolPath(path), content: content, urgent: urgent))
    }

    func record(_ file: FileID? = nil) throws -> FileUpload {
        try #require(try store.upload(of: file ?? self.file))
    }

    func object(_ version: String = "v1") -> RemoteObject {
        RemoteObject(id: "id", version: version, etag: "e", size: 100, digest: CRC32C().digest)
    }

    /// Claims the file and stores it as uploaded under its own path.
    func upload(_ file: FileID, _ path: String) throws {
        let claimed = try #require(try store.claim(now: .max)).upload
        #expect(claimed.file == file)
        try store.ended(.committed(object(), key: ObjectKey(path), isFromResponse: true), for: file, generation: claimed.generation, now: 3000) {
            ObjectKey($0.description)
        }
    }

    // MARK: Sessions that may be left behind

    private static let begin = SessionBegin(key: ObjectKey("a"), from: Milliseconds.date(1_000_000))

    @Test func aRequestThatOpensASessionIsCleanedUpAfterWhenItsResponseIsLost() throws {
        try store.beginning(Self.begin, now: 1000)
        #expect(try tasks() == [] && store.nextClaim() == nil && store.hasAwaitedTasks() == false)
        #expect(try store.knownSessions(of: ObjectKey("a")) == nil)
        try store.beginFailed(Self.begin, mayExist: true, now: 1_500_000)
        let lost = SessionBegin(key: ObjectKey("a"), from: Milliseconds.date(1_000_000), until: Milliseconds.date(1_500_000))
        #expect(try tasks() == [.dropOrphaned(lost)])
        #expect(try store.hasAwaitedTasks())
        #expect(try !store.isBusy(ObjectKey("a"), besides: file), "the next upload need not wait")
        #expect(try store.knownSessions(of: ObjectKey("a")) == [])
    }

    @Test func aRequestThatOpensASessionIsCleanedUpAfterWhenTheProcessIsKilled() throws {
        try store.beginning(Self.begin, now: 1000)
        try store.restart(now: 2000)
        #expect(try tasks() == [.dropOrphaned(Self.begin)])
    }

    @Test func aRequestWithAResponseLeavesNothingToCleanUp() throws {
        try store.beginning(Self.begin, now: 1000)
        try store.beginFailed(Self.begin, mayExist: false, now: 2000)
        try close(file, "a")
        let claimed = try #require(try store.claim(now: .max)).upload
        try store.beginning(Self.begin, now: 1000)
        let session = UploadSession(handle: "secret", expiresAt: nil)
        #expect(
            try store.take(
                .opened(session, key: ObjectKey("a"), knowledge: .absent), openedBy: Self.begin, for: file, generation: claimed.generation, now: 2000)
        )
        try store.restart(now: 2000)
        #expect(try tasks() == [])
        #expect(try store.knownSessions(of: ObjectKey("a")) == [session])
    }

    @Test(arguments: [false, true])
    func aCopyThatDoesNotComeToItsEndIsAborted(isKilled: Bool) throws {
        let session = UploadSession(handle: "copy", expiresAt: nil)
        try store.beginning(Self.begin, now: 1000)
        try store.copyOpened(session, by: Self.begin, now: 1000)
        #expect(try tasks() == [])
        #expect(try store.knownSessions(of: ObjectKey("a")) == [session])
        if isKilled { try store.restart(now: 2000) } else { try store.copyEnded(session, isGone: false, now: 1000) }
        #expect(try tasks() == [.abort(session)])
    }

    @Test func aCopyThatHasEndedIsForgotten() throws {
        let session = UploadSession(handle: "copy", expiresAt: nil)
        try store.beginning(Self.begin, now: 1000)
        try store.copyOpened(session, by: Self.begin, now: 1000)
        try store.copyEnded(session, isGone: true, now: 1000)
        try store.restart(now: 2000)
        #expect(try tasks() == [])
    }

    // MARK: Objects that may be left behind

    /// A put is under way, or was when the process was killed.
    private func put(_ path: String) throws {
        try close(file, path)
        let claimed = try #require(try store.claim(now: .max)).upload
        #expect(
            try store.take(
                .willCommit(key: ObjectKey(path), checksum: "crc32c:x", reservation: nil), for: file, generation: claimed.generation, now: 2000))
    }

    /// Without the paths of removals.
    private func tasks() throws -> [RemoteTask.Work] {
        try store.runnableTasks(now: .max, limit: 9).map { task in
            if case .remove(let key, let version, _) = task.work { .remove(key, version: version, path: nil) } else { task.work }
        }
    }

    @Test func removingAFileTakesWithItWhatARequestWithoutResponseMayHaveMade() throws {
        try put("a")
        try tell(.removed(file, path: SpoolPath("a")))
        #expect(try tasks() == [.removeUnconfirmed(ObjectKey("a"), checksum: "crc32c:x", reservation: nil)])
    }

    @Test func changingAFileAsksNoMoreForTheObjectOfItsFormerContent() throws {
        try put("a")
        try store.restart(now: 2000)
        #expect(try record().unfinished?.pendingCommit != nil)
        try close(file, "a")
        #expect(try record().unfinished?.pendingCommit == nil)
        #expect(try tasks() == [.removeUnconfirmed(ObjectKey("a"), checksum: "crc32c:x", reservation: nil)])
    }

    /// A service can be slow to make what a killed process had asked for.
    @Test func anObjectThatWasNotThereTwiceIsLookedForWhileNobodyWaits() throws {
        try put("a")
        try tell(.removed(file, path: SpoolPath("a")))
        let other = FileID(inode: 99)
        for look in 1...2 {
            #expect(try store.hasAwaitedTasks())
            #expect(try store.isBusy(ObjectKey("a"), besides: other))
            let task = try #require(try store.runnableTasks(now: .max, limit: 1).first)
            try store.ended(task, .notFound, now: Int64(look))
        }
        #expect(try store.hasAwaitedTasks() == false)
        #expect(try !store.isBusy(ObjectKey("a"), besides: other))
        #expect(try tasks().count == 1)
    }

    /// Renamed to a temporary name and back, while a request is under way.
    @Test func anObjectThatTurnsOutToBeWantedIsLookedForNoMore() throws {
        try put("a")
        let generation = try record().generation
        try tell(.renamed(file, from: SpoolPath("a"), to: SpoolPath("a.part"), isDirectory: false, replaced: nil))
        try tell(.renamed(file, from: SpoolPath("a.part"), to: SpoolPath("a"), isDirectory: false, replaced: nil))
        let task = try #require(try store.runnableTasks(now: .max, limit: 1).first)
        #expect(try store.isLeft(task))
        try store.ended(.committed(object(), key: ObjectKey("a"), isFromResponse: true), for: file, generation: generation, now: 3000) {
            ObjectKey($0.description)
        }
        #expect(try !store.isLeft(task))
        #expect(try record().objectIsCurrent)
    }

    /// What it would inherit is a version that is there no more, and the upload would meet the same conflict again.
    @Test func aFileInheritsNothingFromItsOwnRetry() throws {
        try close(file, "a")
        try upload(file, "a")
        try close(file, "a")
        let claimed = try #require(try store.claim(now: .max)).upload
        let facts = FileUpload.Facts(known: FileUpload.KnownKey(ObjectKey("a"), .version("v1")), sessionIsLost: true, commitIsPending: false)
        try store.ended(
            .failed(UploadError(.conflict, "another's"), facts, random: 1), for: file, generation: claimed.generation, now: 3000
        ) { ObjectKey($0.description) }
        try tell(.control(.retry, .file(file)), at: 4000)
        #expect(try tasks() == [.discard(ObjectKey("a"), version: "v1")])
        try store.inheritRemoval(at: ObjectKey("a"), for: file, now: 5000)
        #expect(try record().object == nil)
        #expect(try tasks() == [.discard(ObjectKey("a"), version: "v1")])
    }

    @Test func aFileWhoseNewNameCanNotBeHeldLeavesNoObject() throws {
        try close(file, "a")
        try upload(file, "a")
        try tell(.renamed(file, from: SpoolPath("a"), to: SpoolPath("b"), isDirectory: false, replaced: nil))
        _ = try store.claim(now: .max)
        let error = UploadError(.invalidName, "no such name")
        try store.ended(.invalidName(error), for: file, generation: try record().generation, now: 3000) { _ in nil }
        #expect(try record().phase == .failed(error))
        #expect(try tasks() == [.remove(ObjectKey("a"), version: "v1", path: nil)])
        #expect(try record().object?.key == nil)
    }

    @Test func aRenamedFileIsLookedForUnderTheNameItWasSentTo() throws {
        try put("a")
        try store.restart(now: 2000)
        try tell(.renamed(file, from: SpoolPath("a"), to: SpoolPath("b"), isDirectory: false, replaced: nil))
        #expect(try record().unfinished?.key == ObjectKey("a"))
        #expect(try tasks() == [])
    }

    @Test func aFileThatGetsATemporaryNameLeavesNoObject() throws {
        try close(file, "a")
        try upload(file, "a")
        try tell(.renamed(file, from: SpoolPath("a"), to: SpoolPath("a.part"), isDirectory: false, replaced: nil))
        #expect(try record().state == .held)
        #expect(try tasks() == [.remove(ObjectKey("a"), version: "v1", path: nil)])
    }

    @Test func aFileThatGetsATemporaryNameWhileItIsSentLeavesNoObject() throws {
        try put("a")
        let generation = try record().generation
        try tell(.renamed(file, from: SpoolPath("a"), to: SpoolPath("a.part"), isDirectory: false, replaced: nil))
        try store.ended(.committed(object(), key: ObjectKey("a"), isFromResponse: true), for: file, generation: generation, now: 3000) {
            ObjectKey($0.description)
        }
        #expect(try record().state == .held)
        #expect(try tasks().contains(.remove(ObjectKey("a"), version: "v1", path: nil)))
    }

    @Test func aFileThatIsRenamedWhileItIsWrittenLeavesNoObject() throws {
        try close(file, "d/a")
        try upload(file, "d/a")
        try tell(.contentWillChange(file, path: SpoolPath("d/a"), unseen: false))
        try tell(.renamed(file, from: SpoolPath("d"), to: SpoolPath("e"), isDirectory: true, replaced: nil))
        #expect(try tasks() == [.remove(ObjectKey("d/a"), version: "v1", path: nil)])
        #expect(try record().path == SpoolPath("e/a"))
        #expect(try record().object?.key == nil)
    }

    @Test func theSuccessorOfAnInodeNumberIsAnotherFile() throws {
        try put("a")
        let generation = try record().generation
        try tell(.removed(file, path: SpoolPath("a")), at: 1500)
        try tell(.contentWillChange(file, path: SpoolPath("b"), unseen: false), at: 1501)
        try store.ended(.committed(object(), key: ObjectKey("a"), isFromResponse: true), for: file, generation: generation, now: 3000) {
            ObjectKey($0.description)
        }
        #expect(try record().state == .open)
        #expect(try !record().objectIsCurrent)
    }

    // MARK: Intake

    @Test func aClosedFileSettlesAndIsThenDue() throws {
        try close(file, "a")
        #expect(try record().state == .settling)
        #expect(try store.claim(now: 1999) == nil)
        #expect(try store.nextClaim() == 2000)
        let claimed = try #require(try store.claim(now: 2000)).upload
        #expect(claimed.file == file)
        #expect(claimed.attempts == 1)
        #expect(try store.claim(now: .max) == nil, "it is taken only once")
    }

    @Test func anUrgentCloseIsDueAtOnce() throws {
        try close(file, "a", urgent: true)
        #expect(try store.claim(now: 1000) != nil)
    }

    @Test func theJournalPositionIsStoredWithTheEvents() throws {
        #expect(try store.journalPosition() == nil)
        try close(file, "a")
        #expect(try store.journalPosition() == JournalPosition(segment: 1, offset: 1000))
    }

    @Test func aTemporaryNameIsHeldUntilItIsRenamed() throws {
        try close(file, "big.part")
        #expect(try record().state == .held)
        try tell(.renamed(file, from: SpoolPath("big.part"), to: SpoolPath("big"), isDirectory: false, replaced: nil), at: 5000)
        #expect(try record().state == .settling)
        #expect(try record().path == SpoolPath("big"))
        #expect(try store.nextClaim() == 6000)
    }

    @Test func aChangeDuringAnUploadEndsItsGeneration() throws {
        try close(file, "a")
        let claimed = try #require(try store.claim(now: .max)).upload
        let session = UploadSession(handle: "secret", expiresAt: nil)
        #expect(try store.take(.opened(session, key: ObjectKey("a"), knowledge: .absent), for: file, generation: claimed.generation, now: 2000))
        try tell(.contentWillChange(file, path: SpoolPath("a"), unseen: false))
        #expect(try record().unfinished == nil)
        #expect(try record().generation == claimed.generation + 1)
        #expect(try tasks() == [.abort(session)])
        let late = try store.take(.confirmed(100, crc: 0), for: file, generation: claimed.generation, now: 2000)
        #expect(!late)
        #expect(try record().state == .open)
    }

    @Test func whatTheServerConfirmedIsOfOneContent() throws {
        try close(file, "a")
        let claimed = try #require(try store.claim(now: .max)).upload
        let session = UploadSession(handle: "secret", expiresAt: nil)
        _ = try store.take(.opened(session, key: ObjectKey("a"), knowledge: .absent), for: file, generation: claimed.generation, now: 2000)
        let facts = FileUpload.Facts(known: FileUpload.KnownKey(ObjectKey("a"), .absent), sessionIsLost: false, commitIsPending: false)
        let failure = UploadError(.connectionLost, "lost")
        try store.ended(.failed(failure, facts, random: 0), for: file, generation: claimed.generation, now: 2000) { _ in nil }
        func confirm(_ bytes: Int64, _ crc: UInt32, generation: Int64) throws -> Bool {
            try store.take(.confirmed(bytes, crc: crc), for: file, generation: generation, now: 2000)
        }
        let before = try record()
        #expect(before.failures == 1)
        #expect(try !confirm(100, 7, generation: claimed.generation + 1))
        #expect(try record() == before)
        #expect(try confirm(0, 0, generation: claimed.generation))
        #expect(try record() == before, "no progress: the failures still count")
        #expect(try confirm(100, .max, generation: claimed.generation))
        let after = try record()
        #expect(after.confirmed == 100 && after.unfinished?.confirmedCRC == .max && after.failures == 0)
    }

    @Test func aSessionForAnOldContentIsAborted() throws {
        try close(file, "a")
        let session = UploadSession(handle: "secret", expiresAt: nil)
        #expect(try store.take(.opened(session, key: ObjectKey("a"), knowledge: .absent), for: file, generation: 99, now: 2000) == false)
        #expect(try tasks() == [.abort(session)])
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
        #expect(try store.upload(of: file) == nil)
        #expect(try tasks() == [.remove(ObjectKey("a"), version: "v1", path: nil)])
        #expect(try store.isBusy(ObjectKey("a"), besides: file))
    }

    @Test func anUploadedFileThatIsRenamedIsDueAgainToFollow() throws {
        try close(file, "a")
        try upload(file, "a")
        try tell(.renamed(file, from: SpoolPath("a"), to: SpoolPath("b"), isDirectory: false, replaced: nil))
        let moved = try record()
        #expect(moved.state == .settling)
        #expect(moved.objectIsCurrent)
        #expect(moved.object?.key == ObjectKey("a"))
    }

    @Test func aReplacedFileHandsItsObjectToItsSuccessor() throws {
        try close(file, "a")
        try upload(file, "a")
        let next = FileID(inode: 11)
        try close(next, "a.part")
        try tell(.renamed(file, from: SpoolPath("a.part"), to: SpoolPath("a"), isDirectory: false, replaced: file))
        #expect(try store.upload(of: file) == nil)
        let successor = try record(next)
        #expect(successor.object?.key == ObjectKey("a"))
        #expect(successor.object?.version == "v1")
        #expect(!successor.objectIsCurrent)
        #expect(try store.hasAwaitedTasks() == false)
    }

    @Test func aDirectoryTakesItsFilesAlong() throws {
        let (second, outside) = (FileID(inode: 11), FileID(inode: 12))
        try close(file, "d/a")
        try upload(file, "d/a")
        try close(second, "d/sub/b")
        try close(outside, "d0")
        try tell(.renamed(file, from: SpoolPath("d"), to: SpoolPath("elsewhere"), isDirectory: true, replaced: nil))
        #expect(try record(file).path == SpoolPath("elsewhere/a"))
        #expect(try record(file).state == .settling)
        #expect(try record(second).path == SpoolPath("elsewhere/sub/b"))
        #expect(try record(outside).path == SpoolPath("d0"))
    }

    @Test func whatAKilledMoveMayHaveMadeGoesWhenTheFileWasRenamedMeanwhile() throws {
        try close(file, "a")
        try upload(file, "a")
        try tell(.renamed(file, from: SpoolPath("a"), to: SpoolPath("d/b"), isDirectory: false, replaced: nil), at: 1001)
        let claimed = try #require(try store.claim(now: .max)).upload
        func move(to path: String) throws {
            let step = FileUpload.Step.willCommit(key: ObjectKey(path), checksum: "crc32c:x", reservation: nil)
            #expect(try store.take(step, for: file, generation: claimed.generation, now: 2000))
        }
        try move(to: "d/b")
        try tell(.renamed(file, from: SpoolPath("d"), to: SpoolPath("e"), isDirectory: true, replaced: nil), at: 1002)
        try store.restart(now: 0)
        try move(to: "e/b")
        #expect(try tasks() == [.removeUnconfirmed(ObjectKey("d/b"), checksum: "crc32c:x", reservation: nil)])
    }

    @Test func anObjectWhoseKeyIsTakenOverGoesEvenIfTheTakerDoes() throws {
        let other = FileID(inode: 11)
        try close(other, "b")
        try upload(other, "b")
        try close(file, "a")
        try tell(.exchanged(file, SpoolPath("a"), SpoolPath("b"), id: 1))
        try store.takeOver(ObjectKey("b"), for: file, now: 0)
        try tell(.removed(file, path: SpoolPath("b")), at: 1001)
        #expect(try tasks().contains(.remove(ObjectKey("b"), version: "v1", path: nil)))
        #expect(try record(other).object?.key == nil)
    }

    @Test func anExchangeSwapsWhatHasTheNamesOnce() throws {
        let second = FileID(inode: 11)
        try close(file, "a")
        try upload(file, "a")
        try close(second, "d/b.part")
        let exchange = FileEvent.Change.exchanged(file, SpoolPath("a"), SpoolPath("d/b.part"), id: 1)
        // A process that is killed right after a report repeats it.
        try tell(exchange, exchange)
        try tell(exchange)
        #expect(try record(file).path == SpoolPath("d/b.part"))
        #expect(try record(file).state == .held)
        #expect(try record(second).path == SpoolPath("a"))
        #expect(try record(second).state == .settling)
        #expect(try tasks() == [.remove(ObjectKey("a"), version: "v1", path: nil)])
        try tell(.exchanged(file, SpoolPath("a"), SpoolPath("d"), id: 2))
        #expect(try record(file).path == SpoolPath("a/b.part"))
        #expect(try record(second).path == SpoolPath("d"))
    }

    @Test func aRenameDuringTheUploadIsFollowedAfterwards() throws {
        try close(file, "a")
        let claimed = try #require(try store.claim(now: .max)).upload
        try tell(.renamed(file, from: SpoolPath("a"), to: SpoolPath("b"), isDirectory: false, replaced: nil))
        try store.ended(.committed(object(), key: ObjectKey("a"), isFromResponse: true), for: file, generation: claimed.generation, now: 3000) {
            ObjectKey($0.description)
        }
        #expect(try record().state == .queued)
        #expect(try record().objectIsCurrent)
    }

    @Test func aFileRemovedDuringItsCommitTakesTheObjectAlong() throws {
        try close(file, "a")
        let claimed = try #require(try store.claim(now: .max)).upload
        try tell(.removed(file, path: SpoolPath("a")))
        try store.ended(.committed(object(), key: ObjectKey("a"), isFromResponse: true), for: file, generation: claimed.generation, now: 3000) {
            ObjectKey($0.description)
        }
        #expect(try tasks() == [.remove(ObjectKey("a"), version: "v1", path: nil)])
    }

    // MARK: Sums and control

    @Test func aDirectorySumsUpWhatIsBelow() throws {
        try close(file, "d/a")
        try upload(file, "d/a")
        try close(FileID(inode: 11), "d/b")
        try close(FileID(inode: 12), "e")
        let totals = try store.totals(below: SpoolPath("d")).sums
        #expect(totals == [.uploaded: .init(files: 1, bytes: 100, confirmed: 100), .settling: .init(files: 1, bytes: 100, confirmed: 0)])
        #expect(try store.totals(below: .root).sums[.settling]?.files == 2)
        #expect(try store.unfinished(below: .root, limit: 10).count == 2)
    }

    @Test(arguments: [ControlCommand.resume, .cancel])
    func aPauseWhileAFileIsWrittenPublishesNoFragment(command: ControlCommand) throws {
        try tell(.contentWillChange(file, path: SpoolPath("a"), unseen: false))
        try tell(.control(.pause, .file(file)), at: 0)
        try store.restart(now: 0)
        try tell(.control(command, .file(file)), at: 0)
        #expect(try record().state == .held)
        #expect(try store.claim(now: .max) == nil)
    }

    @Test func aFileThatIsResumedWhileItIsWrittenWaitsForItsClose() throws {
        try close(file, "a")
        try tell(.control(.pause, .file(file)), at: 0)
        try tell(.contentWillChange(file, path: SpoolPath("a"), unseen: false))
        try tell(.control(.resume, .file(file)), at: 0)
        #expect(try record().state == .open)
        try tell(.contentClosed(file, path: SpoolPath("a"), content: content, urgent: false))
        #expect(try record().state == .settling)
    }

    @Test func aTemporaryNameStaysHeldAfterAPause() throws {
        try close(file, "a")
        try tell(.control(.pause, .file(file)), at: 0)
        try tell(.renamed(file, from: SpoolPath("a"), to: SpoolPath("a.part"), isDirectory: false, replaced: nil))
        #expect(try record().state == .held)
        try tell(.control(.resume, .file(file)), at: 0)
        #expect(try record().state == .held)
        try tell(.control(.cancel, .file(file)), at: 0)
        #expect(try record().state == .held)
    }

    @Test func aPauseOutlastsAChange() throws {
        try close(file, "a")
        try tell(.control(.pause, .directory(.root)), at: 0)
        try close(file, "a")
        #expect(try record().state == .paused)
        #expect(try store.claim(now: .max) == nil)
        try tell(.control(.resume, .file(file)), at: 7)
        #expect(try store.claim(now: 7) != nil)
    }

    @Test func aCancelAbortsTheSession() throws {
        try close(file, "a")
        let claimed = try #require(try store.claim(now: .max)).upload
        let session = UploadSession(handle: "secret", expiresAt: nil)
        _ = try store.take(.opened(session, key: ObjectKey("a"), knowledge: .absent), for: file, generation: claimed.generation, now: 2000)
        try tell(.control(.cancel, .file(file)), at: 0)
        #expect(try record().state == .failed)
        #expect(try tasks() == [.abort(session)])
        try tell(.control(.retry, .file(file)), at: 0)
        #expect(try record().state == .queued)
    }

    @Test func aHigherPriorityGoesFirst() throws {
        try close(file, "a")
        try close(FileID(inode: 11), "b")
        try tell(.priority(5, .file(FileID(inode: 11))))
        #expect(try store.claim(now: .max)?.upload.file.inode == 11)
    }

    @Test func aLargeFileCanBeLeftOut() throws {
        try tell(.contentClosed(FileID(inode: 9), path: SpoolPath("large"), content: Fingerprint(size: 101, modified: 5), urgent: true), at: 1)
        try close(file, "a")
        #expect(try store.claim(.small, now: .max)?.upload.file == file)
        #expect(try store.claim(.small, now: .max) == nil)
        #expect(try store.claim(now: .max)?.upload.file.inode == 9)
    }

    @Test func theLongestReadyGoesFirstWhateverItsSize() throws {
        try tell(.contentClosed(FileID(inode: 9), path: SpoolPath("large"), content: Fingerprint(size: 101, modified: 5), urgent: true), at: 1)
        try close(file, "a", urgent: true)
        #expect(try store.claim(now: .max)?.upload.file.inode == 9)
    }

    @Test func whatIsNotReadyStandsInNoOnesWay() throws {
        try close(file, "a", urgent: true)
        try tell(.contentClosed(FileID(inode: 9), path: SpoolPath("later"), content: content, urgent: false), at: 5000)
        try tell(.priority(10, .file(FileID(inode: 9))), at: 5001)
        #expect(try store.claim(now: 1000)?.upload.file == file)
        #expect(try store.claim(now: 1000) == nil)
    }

    // MARK: Recovery

    @Test func aFragmentIsHeldUnderAnyName() throws {
        try tell(.contentWillChange(file, path: SpoolPath("a"), unseen: false))
        try store.restart(now: 1)
        #expect(try record().state == .held)
        try tell(.renamed(file, from: SpoolPath("a"), to: SpoolPath("b"), isDirectory: false, replaced: nil))
        #expect(try record().state == .held)
        try tell(.control(.retry, .file(file)), at: 1)
        #expect(try record().state == .queued)
    }

    @Test func anInterruptedUploadIsQueuedWithItsSession() throws {
        try close(file, "a")
        let claimed = try #require(try store.claim(now: .max)).upload
        let session = UploadSession(handle: "secret", expiresAt: nil)
        _ = try store.take(.opened(session, key: ObjectKey("a"), knowledge: .absent), for: file, generation: claimed.generation, now: 2000)
        try store.close()
        let again = try Self.open(directory)
        #expect(again.opening == .asItWas)
        try again.restart(now: 50)
        let record = try #require(try again.upload(of: file))
        #expect(record.state == .queued)
        #expect(record.unfinished?.session == session)
        #expect(record.unfinished?.pendingCommit == nil, "nothing that commits had left")
    }

    /// Names of migrations are stored in databases: one that is renamed would be carried out again.
    @Test func aDatabaseFromBeforeTheReservationsOfObjectsIsKept() throws {
        let path = directory.path + "/checkpoints.sqlite"
        try close(file, "a")
        try upload(file, "a")
        try store.write { transaction in
            try transaction.db.execute(sql: "ALTER TABLE file_uploads DROP COLUMN object_reservation")
            try transaction.db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = 'reservations of objects'")
            let names = try String.fetchAll(transaction.db, sql: "SELECT identifier FROM grdb_migrations")
            #expect(names.contains("sessions whose opening has no answer") && names.contains("the life of an upload is one value"))
        }
        let copy = directory.path + "/former.sqlite"
        for end in ["", "-wal"] { try FileManager.default.copyItem(atPath: path + end, toPath: copy + end) }
        let reopened = try CheckpointStore(path: copy, policy: Self.policy, smallMax: 100, logger: Logger(label: "test"))
        #expect(try reopened.upload(of: file)?.phase == .uploaded)
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
        #expect(try #require(try again.upload(of: file)).state == .settling)
    }

    @Test func aFileThatChangedUnnoticedIsUploadedAgain() throws {
        try close(file, "a")
        try upload(file, "a")
        #expect(try store.reconcile(file, path: SpoolPath("a"), content: content, now: 1) == false)
        #expect(try store.reconcile(file, path: SpoolPath("a"), content: Fingerprint(size: 100, modified: 6), now: 1))
        #expect(try record().state == .settling)
        #expect(!(try record().objectIsCurrent))
    }
}
