import Testing

@testable import UploadCore

/// `#expect` takes no call that changes its value.
private func expect<Value: Equatable>(
    _ value: Value, _ expected: Value, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(value == expected, comment, sourceLocation: sourceLocation)
}

/// Every transition of an upload, as plain values: each line is what happened and what it means.
@Suite struct FileUploadTests {
    static let policy = UploadPolicy(settle: .seconds(1), hold: HoldRules(["*.part"]), propagatesRemovals: true)
    static let keeping = UploadPolicy(settle: .seconds(1), hold: HoldRules([]), propagatesRemovals: false)
    let content = Fingerprint(size: 100, modified: 5)
    let session = UploadSession(handle: "secret", expiresAt: nil)
    let key = ObjectKey("a")

    /// A file at `a` that was closed at 1000.
    func closed(_ path: String = "a", urgent: Bool = false) -> FileUpload {
        var upload = FileUpload.new(FileID(inode: 7), at: SpoolPath(path), now: 1000)
        _ = upload.apply(.closed(path: SpoolPath(path), content: content, urgent: urgent), Self.policy, now: 1000)
        return upload
    }

    func claimed() -> FileUpload {
        var upload = closed()
        expect(upload.claim(now: 2000), .upload)
        return upload
    }

    func sending() -> FileUpload {
        var upload = claimed()
        expect(upload.take(.opened(session, key: key, knowledge: .absent), generation: upload.generation), [])
        expect(upload.take(.confirmed(40, crc: 9), generation: upload.generation), [])
        return upload
    }

    func object(_ version: String = "v1") -> RemoteObject {
        RemoteObject(id: "id", version: version, etag: "e", size: 100, digest: CRC32C().digest)
    }

    func end(_ upload: inout FileUpload, _ outcome: FileUpload.Outcome, _ policy: UploadPolicy = policy, now: Int64 = 3000) -> [UploadEffect] {
        upload.ended(outcome, generation: upload.generation, policy, keyOf: { ObjectKey($0.description) }, now: now, wallClock: 9)
    }

    func uploaded() -> FileUpload {
        var upload = sending()
        expect(end(&upload, .committed(object(), key: key, isFromResponse: true)), [.confirmed(key)])
        return upload
    }

    // MARK: Content

    @Test func aNewFileIsOpenUntilItIsClosed() {
        var upload = FileUpload.new(FileID(inode: 7), at: SpoolPath("a"), now: 1000)
        #expect(upload.phase == .open && upload.state == .open && upload.runnableAt == nil)
        #expect(upload.generation == 1000, "another one than that of a former file with this inode number")
        expect(upload.apply(.closed(path: SpoolPath("a"), content: content, urgent: false), Self.policy, now: 1500), [])
        #expect(upload.phase == .settling(until: 2500))
    }

    @Test func anUrgentCloseIsReadyAtOnce() {
        #expect(closed(urgent: true).phase == .ready(since: 1000))
    }

    @Test func aTemporaryNameWaitsForItsRenameADayAtMost() {
        var upload = closed("a.part")
        #expect(upload.phase == .temporary(until: 86_401_000) && upload.state == .held)
        expect(upload.claim(now: 86_400_999), nil)
        var old = upload
        expect(old.claim(now: 86_401_000), .upload)
        expect(upload.apply(.moved(to: SpoolPath("a"), replacing: nil), Self.policy, now: 5000), [])
        #expect(upload.phase == .settling(until: 6000))
    }

    @Test func aChangeEndsWhatIsOnItsWay() {
        var upload = sending()
        let generation = upload.generation
        expect(upload.take(.willCommit(key: key, checksum: "c", reservation: "r"), generation: generation), [])
        let effects = upload.apply(.willChange(path: SpoolPath("a")), Self.policy, now: 4000)
        #expect(effects == [.abort(session), .removeUnconfirmed(key, checksum: "c", reservation: "r")])
        #expect(upload.phase == .open && upload.unfinished == nil && upload.generation == generation + 1)
        expect(upload.take(.confirmed(50, crc: 0), generation: generation), nil, "what is late changes nothing")
        let step = FileUpload.Step.opened(session, key: key, knowledge: .absent)
        expect(upload.take(step, generation: generation), nil)
        #expect(step.effectsIfRefused == [.abort(session)])
    }

    @Test func aTouchChangesNothingButTheTime() {
        var upload = uploaded()
        expect(upload.apply(.timesChanged(modified: 77), Self.policy, now: 1), [])
        #expect(upload.state == .uploaded && upload.content == Fingerprint(size: 100, modified: 77))
    }

    @Test func theLastGenerationHasASuccessor() {
        var upload = FileUpload(file: FileID(inode: 1), path: SpoolPath("a"), content: content, generation: .max, phase: .open)
        _ = upload.apply(.willChange(path: SpoolPath("a")), Self.policy, now: .max)
        #expect(upload.generation == 1)
        _ = upload.apply(.closed(path: SpoolPath("a"), content: content, urgent: false), Self.policy, now: .max)
        #expect(upload.phase == .settling(until: .max))
    }

    // MARK: Attempts

    @Test func aCommitIsNotedBeforeItsRequest() {
        var upload = claimed()
        expect(upload.take(.willCommit(key: key, checksum: "c", reservation: nil), generation: upload.generation), [])
        #expect(upload.unfinished?.pendingCommit == "c")
    }

    /// SIGTERM stores nothing, and a kill cannot.
    @Test func aStopAndAKillLeaveTheSameBehind() {
        for upload in [claimed(), sending()] {
            var stopped = upload
            expect(end(&stopped, .stopped, now: 5000), [])
            var killed = upload
            expect(killed.restarted(Self.policy, now: 5000), [])
            #expect(stopped == killed)
            #expect(killed.phase == .ready(since: 5000) && killed.unfinished == upload.unfinished)
        }
    }

    @Test func anUploadedFileHasWhatTheServiceReturned() {
        let upload = uploaded()
        #expect(upload.phase == .uploaded && upload.unfinished == nil && upload.objectIsCurrent && upload.confirmed == 100)
        #expect(upload.object?.version == "v1" && upload.object?.uploadedAt == 9 && upload.object?.id == "id")
    }

    @Test func anObjectThatWasFoundMayHaveLeftItsSessionOpen() {
        var upload = sending()
        expect(end(&upload, .committed(object(), key: key, isFromResponse: false)), [.confirmed(key), .abort(session)])
        #expect(upload.phase == .uploaded)
    }

    @Test func aFailureBacksOffAndKeepsTheSession() {
        var upload = sending()
        let error = UploadError(.connectionLost, "lost")
        let facts = FileUpload.Facts(known: FileUpload.KnownKey(ObjectKey("a"), .absent), sessionIsLost: false, commitIsPending: false)
        expect(end(&upload, .failed(error, facts, random: 1)), [])
        #expect(upload.phase == .backingOff(until: 4000, error) && upload.state == .waiting && upload.failures == 1)
        #expect(upload.unfinished?.session == session && upload.confirmed == 40)
        expect(upload.claim(now: 3999), nil)
        expect(upload.claim(now: 4000), .upload)
        expect(upload.take(.confirmed(41, crc: 0), generation: upload.generation), [])
        #expect(upload.failures == 0, "progress resets the count")
    }

    @Test func aPermanentErrorFailsUntilRetry() {
        var upload = claimed()
        let error = UploadError(.conflict, "another's")
        expect(
            end(
                &upload,
                .failed(
                    error, FileUpload.Facts(known: FileUpload.KnownKey(ObjectKey("a"), .version("x")), sessionIsLost: true, commitIsPending: false),
                    random: 1)), [])
        #expect(upload.phase == .failed(error) && upload.knowledge(of: key) == .version("x") && upload.runnableAt == nil)
        expect(upload.control(.retry, Self.policy, now: 7), [])
        #expect(upload.phase == .ready(since: 7) && upload.known == nil)
    }

    @Test func whoeverSaysRetryAfterAConflictReplacesWhatStandsInTheWay() {
        var upload = uploaded()
        _ = upload.apply(.willChange(path: SpoolPath("a")), Self.policy, now: 3500)
        _ = upload.apply(.closed(path: SpoolPath("a"), content: Fingerprint(size: 7, modified: 9), urgent: false), Self.policy, now: 4000)
        expect(upload.claim(now: 9000), .upload)
        let facts = FileUpload.Facts(known: FileUpload.KnownKey(ObjectKey("a"), .version("v1")), sessionIsLost: true, commitIsPending: false)
        expect(end(&upload, .failed(UploadError(.conflict, "another's"), facts, random: 1)), [])
        #expect(upload.object?.version == "v1", "until then it is left alone, whoever writes the file meanwhile")
        var kept = upload
        expect(upload.control(.retry, Self.policy, now: 9500), [.discard(key, version: "v1")])
        #expect(upload.object == nil && upload.known == nil)
        expect(kept.control(.retry, Self.keeping, now: 9500), [])
        #expect(kept.object == nil && kept.known == nil)
    }

    /// The version under the former name may be another file's id: with it, the content would go there.
    @Test func whatIsKnownOfOneKeyIsNotKnownOfAnother() {
        var upload = claimed()
        _ = upload.apply(.moved(to: SpoolPath("b"), replacing: nil), Self.policy, now: 1)
        let facts = FileUpload.Facts(known: FileUpload.KnownKey(key, .version("v9")), sessionIsLost: true, commitIsPending: false)
        expect(end(&upload, .failed(UploadError(.serverBusy, "503"), facts, random: 1)), [])
        #expect(upload.knowledge(of: key) == .version("v9"))
        #expect(upload.knowledge(of: ObjectKey("b")) == .unknown)
    }

    /// The request without a response may still be on its way to the name that the file had.
    @Test func retryAfterAConflictLooksForWhatItsOwnRequestMade() {
        var upload = claimed()
        expect(upload.take(.willCommit(key: key, checksum: "crc", reservation: "r"), generation: upload.generation), [])
        let facts = FileUpload.Facts(known: FileUpload.KnownKey(ObjectKey("a"), .absent), sessionIsLost: true, commitIsPending: true)
        _ = upload.apply(.moved(to: SpoolPath("b"), replacing: nil), Self.policy, now: 1)
        expect(end(&upload, .failed(UploadError(.conflict, "another's"), facts, random: 1)), [])
        expect(upload.control(.retry, Self.policy, now: 9500), [.removeUnconfirmed(key, checksum: "crc", reservation: "r")])
        #expect(upload.unfinished == nil)
    }

    @Test func anInvalidNameLeavesNoObject() {
        var upload = uploaded()
        _ = upload.apply(.moved(to: SpoolPath("b"), replacing: nil), Self.policy, now: 1)
        _ = upload.claim(now: .max)
        let error = UploadError(.invalidName, "no such name")
        expect(end(&upload, .invalidName(error)), [.remove(key, version: "v1", path: SpoolPath("b"))])
        #expect(upload.phase == .failed(error) && upload.object == nil)
    }

    @Test func otherBytesUnderTheSameTimeStartAgain() {
        var upload = sending()
        let generation = upload.generation
        expect(end(&upload, .sourceChanged), [.abort(session)])
        #expect(upload.generation == generation + 1 && upload.phase == .ready(since: 3000))
    }

    @Test func whatHasNotBegunIsPostponed() {
        var upload = claimed()
        expect(end(&upload, .postponed(delay: 500)), [])
        #expect(upload.phase == .ready(since: 3500) && upload.state == .queued && upload.attempts == 0)
    }

    // MARK: Names

    @Test func aRenamedUploadedFileShowsNoProgressOfItsContent() {
        var upload = uploaded()
        expect(upload.apply(.moved(to: SpoolPath("b"), replacing: nil), Self.policy, now: 5000), [])
        #expect(upload.state == .settling && upload.confirmed == 100)
        expect(upload.claim(now: 6000), .move(from: key, version: "v1"))
        #expect(upload.state == .queued && upload.confirmed == 100)
        expect(upload.take(.willCommit(key: ObjectKey("b"), checksum: "c", reservation: nil), generation: upload.generation), [])
        #expect(upload.confirmed == 100)
        expect(end(&upload, .moved(object("v2"), key: ObjectKey("b"))), [.confirmed(ObjectKey("b"))])
        #expect(upload.phase == .uploaded && upload.object?.key == ObjectKey("b"))
    }

    /// Where the object is, is not known before the service has been asked: neither name is given up before.
    @Test func aMoveWithoutAResponseIsTakenBackByTheNextOne() {
        var upload = uploaded()
        _ = upload.apply(.moved(to: SpoolPath("b"), replacing: nil), Self.policy, now: 5000)
        _ = upload.claim(now: 6000)
        _ = upload.take(.willCommit(key: ObjectKey("b"), checksum: "c", reservation: nil), generation: upload.generation)
        _ = upload.restarted(Self.policy, now: 7000)
        expect(upload.apply(.moved(to: SpoolPath("c"), replacing: nil), Self.policy, now: 8000), [])
        #expect(upload.unfinished?.key == ObjectKey("b"))
        expect(upload.claim(now: 9000), .move(from: key, version: "v1"))
        expect(
            upload.take(.willCommit(key: ObjectKey("c"), checksum: "c", reservation: nil), generation: upload.generation),
            [.removeUnconfirmed(ObjectKey("b"), checksum: "c", reservation: nil)])
    }

    @Test func aRenameThereAndBackCostsNothing() {
        var upload = uploaded()
        _ = upload.apply(.moved(to: SpoolPath("b"), replacing: nil), Self.policy, now: 5000)
        _ = upload.apply(.moved(to: SpoolPath("a"), replacing: nil), Self.policy, now: 5001)
        _ = upload.claim(now: .max)
        expect(end(&upload, .inPlace), [])
        #expect(upload.phase == .uploaded)
    }

    @Test func aRenameDuringTheUploadIsFollowedAfterIt() {
        var upload = sending()
        expect(upload.apply(.moved(to: SpoolPath("b"), replacing: nil), Self.policy, now: 5000), [])
        #expect(upload.phase == .sending && upload.unfinished?.key == key)
        expect(end(&upload, .committed(object(), key: key, isFromResponse: true)), [.confirmed(key)])
        #expect(upload.phase == .ready(since: 3000) && upload.assignment == .move(from: key, version: "v1"))
    }

    @Test func aTemporaryNameDuringTheUploadLeavesNothing() {
        var upload = sending()
        expect(upload.apply(.moved(to: SpoolPath("a.part"), replacing: nil), Self.policy, now: 5000), [.abort(session)])
        expect(end(&upload, .committed(object(), key: key, isFromResponse: true)), [.confirmed(key), .remove(key, version: "v1", path: nil)])
        #expect(upload.state == .held && upload.object == nil)
    }

    @Test func aReplacedFileHandsItsObjectOn() {
        var upload = closed("b")
        expect(upload.apply(.moved(to: SpoolPath("a"), replacing: uploaded()), Self.policy, now: 5000), [])
        #expect(upload.object?.version == "v1" && !upload.objectIsCurrent)
        var second = closed("b")
        expect(second.apply(.moved(to: SpoolPath("a"), replacing: sending()), Self.policy, now: 5000), [])
        #expect(second.object == nil, "which version there will be is not known yet")
    }

    @Test func whereObjectsAreKeptARenameLeavesThem() {
        var upload = uploaded()
        expect(upload.apply(.moved(to: SpoolPath("b"), replacing: nil), Self.keeping, now: 5000), [])
        #expect(upload.object == nil)
        expect(upload.claim(now: .max), .upload)
        var removed = uploaded()
        expect(removed.apply(.removed(keepingObject: false), Self.keeping, now: 5000), [])
    }

    @Test func aRemovalTakesEverythingAlong() {
        var upload = uploaded()
        expect(upload.apply(.removed(keepingObject: false), Self.policy, now: 1), [.remove(key, version: "v1", path: SpoolPath("a"))])
        var unfinished = sending()
        expect(unfinished.apply(.removed(keepingObject: false), Self.policy, now: 1), [.abort(session)])
        let late = FileUpload.Outcome.committed(object(), key: key, isFromResponse: true).effectsIfRemoved(Self.policy)
        #expect(late == [.confirmed(key), .remove(key, version: "v1", path: nil)])
    }

    // MARK: Restarts

    @Test func aFragmentNeedsItsOwnersWord() {
        var upload = FileUpload.new(FileID(inode: 7), at: SpoolPath("a"), now: 1)
        _ = upload.restarted(Self.policy, now: 2)
        #expect(upload.phase == .fragment)
        #expect(upload.state == .held)
        expect(upload.claim(now: .max), nil)
        _ = upload.apply(.moved(to: SpoolPath("b"), replacing: nil), Self.policy, now: 3)
        #expect(upload.phase == .fragment)
        _ = upload.control(.retry, Self.policy, now: 4)
        #expect(upload.phase == .ready(since: 4))
    }

    /// A clock that is set back by years must not make anything wait for years.
    @Test func aRestartWaitsForNoClock() {
        let now: Int64 = 1000
        var settling = closed()
        _ = settling.restarted(Self.policy, now: now - 900_000_000)
        #expect(settling.phase == .settling(until: now - 900_000_000 + 1000))
        let error = UploadError(.serverBusy, "busy")
        var waiting = FileUpload(
            file: FileID(inode: 7), path: SpoolPath("a"), content: content, generation: 1, phase: .backingOff(until: .max, error))
        _ = waiting.restarted(Self.policy, now: now)
        #expect(waiting.phase == .backingOff(until: 301_000, error))
        var ready = FileUpload(file: FileID(inode: 7), path: SpoolPath("a"), content: content, generation: 1, phase: .ready(since: .max))
        _ = ready.restarted(Self.policy, now: now)
        expect(ready.claim(now: now), .upload)
    }

    @Test func aLookAtTheSpoolFindsAChange() {
        var upload = uploaded()
        expect(upload.apply(.found(path: SpoolPath("a"), content: content), Self.policy, now: 1), [])
        #expect(upload.phase == .uploaded)
        expect(upload.apply(.found(path: SpoolPath("a"), content: Fingerprint(size: 3, modified: 3)), Self.policy, now: 5000), [])
        #expect(upload.phase == .settling(until: 6000) && !upload.objectIsCurrent)
    }

    // MARK: Control

    @Test func aPauseKeepsTheSessionAndOutlastsAChange() {
        var upload = sending()
        expect(upload.control(.pause, Self.policy, now: 5000), [])
        #expect(upload.state == .paused)
        #expect(upload.unfinished?.session == session)
        expect(upload.claim(now: .max), nil)
        _ = upload.apply(.willChange(path: SpoolPath("a")), Self.policy, now: 6000)
        _ = upload.apply(.closed(path: SpoolPath("a"), content: content, urgent: false), Self.policy, now: 6000)
        #expect(upload.state == .paused)
        expect(upload.control(.resume, Self.policy, now: 7000), [])
        #expect(upload.phase == .ready(since: 7000) && upload.state == .queued)
    }

    @Test func aCommitDuringAPauseCounts() {
        var upload = sending()
        _ = upload.control(.pause, Self.policy, now: 5000)
        expect(end(&upload, .committed(object(), key: key, isFromResponse: true)), [.confirmed(key)])
        #expect(upload.state == .uploaded && !upload.isPaused)
    }

    @Test func aCancelDropsTheSession() {
        var upload = sending()
        expect(upload.control(.cancel, Self.policy, now: 5000), [.abort(session)])
        #expect(upload.state == .failed && upload.unfinished == nil)
        _ = upload.control(.retry, Self.policy, now: 6000)
        #expect(upload.state == .queued)
    }

    @Test(arguments: ControlCommand.allCases) func aCommandPublishesNoFragment(command: ControlCommand) {
        var upload = FileUpload.new(FileID(inode: 7), at: SpoolPath("a"), now: 1)
        _ = upload.control(command, Self.policy, now: 2)
        expect(upload.claim(now: .max), nil)
        _ = upload.control(.resume, Self.policy, now: 3)
        #expect(upload.phase == .open)
    }

    @Test func aRetryNeedsNoClock() {
        var upload = closed()
        _ = upload.control(.retry, Self.policy, now: -5)
        #expect(upload.phase == .ready(since: -5))
    }

    @Test func whatIsWaitedForIsUrgentIfItIsStillThere() {
        var upload = closed()
        let generation = upload.generation
        expect(upload.makeUrgent(generation: generation - 1, now: 1), false)
        expect(upload.makeUrgent(generation: generation, now: 1), true)
        #expect(upload.phase == .ready(since: 1) && upload.isUrgent)
    }

    @Test func aPriorityStaysWithinItsBounds() {
        var upload = closed()
        for (value, expected) in [(Int.max, 10), (Int.min, -10), (3, 3)] {
            upload.setPriority(value)
            #expect(upload.priority == expected)
        }
    }
}

@Suite struct RemoteTaskTests {
    let policy = FileUploadTests.policy
    let key = ObjectKey("a")

    @Test func aRemovalWaitsForTheQuietTime() throws {
        let task = try #require(RemoteTask(.remove(key, version: "v", path: SpoolPath("a")), policy, now: 1000))
        #expect(task.runnableAt == 2000 && task.occupiesKey && task.isAwaited)
        let abort = try #require(RemoteTask(.abort(UploadSession(handle: "s", expiresAt: nil)), policy, now: 1000))
        #expect(abort.runnableAt == 1000 && !abort.occupiesKey)
        #expect(RemoteTask(.confirmed(key), policy, now: 1) == nil)
    }

    @Test func whatIsNotThereIsLookedForAWhile() throws {
        var task = try #require(RemoteTask(.removeUnconfirmed(key, checksum: "c", reservation: nil), policy, now: 0))
        var now: Int64 = 0
        for (look, delay) in [1000, 5000, 30_000, 120_000].enumerated() {
            #expect(task.isAwaited == (look < 2))
            expect(task.ended(.notFound, now: now), true)
            now += Int64(delay)
            #expect(task.runnableAt == now)
        }
        expect(task.ended(.notFound, now: now), false)
    }

    @Test func aRefusalIsKeptAndTriedAgain() throws {
        var task = try #require(RemoteTask(.remove(key, version: nil, path: nil), policy, now: 0))
        let error = UploadError(.forbidden, "retention")
        expect(task.ended(.failed(error, random: 1), now: 0), true)
        #expect(task.error == error && task.runnableAt == 30_000 && task.isAwaited)
        expect(task.ended(.done, now: 0), false)
    }

    @Test func aRequestThatIsUnderWayIsCleanedUpAfterARestart() {
        var task = RemoteTask(.abort(UploadSession(handle: "s", expiresAt: nil)), now: 5, isUnderWay: true)
        #expect(task.runnableAt == nil && !task.isAwaited)
        task.restarted(now: 9)
        #expect(task.runnableAt == 9)
    }
}

@Suite struct HoldRulesTests {
    static let rules = HoldRules([HoldRules.rsync, "*~"])

    @Test(arguments: [".film.mov.a1B2c3", ".a.ZZZZZ0", ".x.aaaaA1", "x~"]) func temporaryNamesAreHeld(name: String) {
        #expect(Self.rules.matches(Array(name.utf8)))
    }

    @Test(arguments: [
        ".env.sample", ".env.backup", ".env.Sample", ".db.sqlite", ".home.tar.gz", ".log.202411", ".logo.SVGSVG", "film.mov.a1B2c3", ".a1B2c3",
        "..a1B2c3",
        ".x.a1B2c", ".x.a1-2c3",
    ])
    func namesThatPeopleGiveAreNot(name: String) {
        #expect(!Self.rules.matches(Array(name.utf8)))
    }

    /// Six characters of mkstemp(3)'s are almost never like a word.
    @Test func fewRandomEndingsAreMissed() {
        var random = SystemRandomNumberGenerator()
        let characters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
        let missed = (0..<10_000).count { _ in
            !Self.rules.matches(Array(".f.".utf8) + (0..<6).map { _ in characters.randomElement(using: &random) ?? 0 })
        }
        #expect(missed < 300)
    }
}
