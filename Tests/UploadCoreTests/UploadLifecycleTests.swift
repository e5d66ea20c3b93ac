import Testing
import UploadCore

/// Every path of an attempt, as plain values: each line is what happened and what has to be done next.
@Suite struct UploadLifecycleTests {
    static let chunk: Int64 = 1 << 20
    static let capabilities = BackendCapabilities(granularity: 256 << 10, objectMax: 5 << 40, singleRequestMax: 1 << 20, digest: .crc32c)
    let session = UploadSession(handle: "https://example.invalid/session", expiresAt: nil)

    func lifecycle(
        size: Int64, session: UploadSession? = nil, confirmed: Int64 = 0, knowledge: RemoteKnowledge = .unknown,
        responseMissing: Bool = false, isRepeatable: Bool = true
    ) -> UploadLifecycle {
        var capabilities = Self.capabilities
        capabilities.isRepeatable = isRepeatable
        return UploadLifecycle(
            size: size, partLength: Self.chunk, capabilities: capabilities, session: session, confirmed: confirmed, knowledge: knowledge,
            responseMissing: responseMissing)
    }

    func object(size: Int64, version: String = "7") -> RemoteObject {
        RemoteObject(id: "id", version: version, etag: nil, size: size, digest: nil)
    }

    // MARK: Small files

    @Test func aSmallFileIsOneRequest() {
        var life = lifecycle(size: 10)
        #expect(life.start() == .put(.absent))
        #expect(life.put(object(size: 10)) == .compare(object(size: 10), .response))
        #expect(life.compared(equal: true) == .finish(object(size: 10)))
    }

    @Test func anObjectOfOursIsReplacedOnlyInItsVersion() {
        var life = lifecycle(size: 10, knowledge: .version("3"))
        #expect(life.start() == .put(.version("3")))
    }

    @Test func whatWasThereAtTheFirstContactIsReplaced() {
        var life = lifecycle(size: 10)
        _ = life.start()
        #expect(life.failed(UploadError(.conflict, "412")) == .find)
        #expect(life.found(object(size: 99)) == .put(.version("7")))
        #expect(life.knowledge == .version("7"))
    }

    @Test func whatAppearedAfterTheFirstContactIsLeftAlone() {
        var life = lifecycle(size: 10, knowledge: .absent)
        #expect(life.start() == .put(.absent))
        let error = UploadError(.conflict, "412")
        #expect(life.failed(error) == .find)
        #expect(life.found(object(size: 99)) == .fail(error))
    }

    @Test func aSecondConflictInOneAttemptFails() {
        var life = lifecycle(size: 10)
        _ = life.start()
        let error = UploadError(.conflict, "412")
        _ = life.failed(error)
        _ = life.found(object(size: 99))
        #expect(life.failed(error) == .fail(error))
    }

    @Test func aConflictWithTheSameContentIsSuccess() {
        var life = lifecycle(size: 10)
        _ = life.start()
        _ = life.failed(UploadError(.conflict, "412"))
        #expect(life.found(object(size: 10)) == .compare(object(size: 10), .found))
        #expect(life.compared(equal: true) == .finish(object(size: 10)))
    }

    // MARK: What is stored or claimed, and cannot be true

    @Test func aStoredSessionThatTheServiceRefusesIsDropped() {
        var life = lifecycle(size: 5 << 20, session: session, confirmed: 1 << 20, knowledge: .absent)
        #expect(life.start() == .probe(session))
        guard case .fail(let error) = life.failed(UploadError(.rejected, "400")) else { return #expect(Bool(false)) }
        #expect(error.disposition == .sessionGone && life.session == nil && life.confirmed == 0)
    }

    @Test func aNewSessionThatTheServiceRefusesFails() {
        var life = lifecycle(size: 5 << 20, knowledge: .absent)
        #expect(life.start() == .begin(.absent))
        _ = life.began(session)
        #expect(life.failed(UploadError(.rejected, "400")) == .fail(UploadError(.rejected, "400")))
    }

    @Test func anObjectWithoutADigestThatIsMadeTooEarlyIsNotBelieved() {
        var life = lifecycle(size: 5 << 20, session: session, confirmed: 1 << 20, knowledge: .absent)
        #expect(life.start() == .probe(session))
        guard case .fail(let error) = life.progressed(.committed(object(size: 5 << 20))) else { return #expect(Bool(false)) }
        #expect(error.disposition == .sessionGone && life.takeAbandoned() == session)
    }

    @Test func anObjectThatTheLastPartMadeIsBelieved() {
        for (confirmed, responseMissing) in [(Int64(4 << 20), false), (1 << 20, true)] {
            var life = lifecycle(size: 5 << 20, session: session, confirmed: confirmed, knowledge: .absent, responseMissing: responseMissing)
            #expect(life.start() == .probe(session))
            #expect(life.progressed(.committed(object(size: 5 << 20))) == .compare(object(size: 5 << 20), .response))
        }
    }

    // MARK: Lost answers

    @Test func aLostResponseIsLookedUpBeforeAnythingIsSent() {
        var life = lifecycle(size: 10, responseMissing: true)
        #expect(life.start() == .find)
        #expect(life.found(object(size: 10)) == .compare(object(size: 10), .found))
        #expect(life.compared(equal: true) == .finish(object(size: 10)))
    }

    @Test func aRequestThatNeverArrivedIsSentAgain() {
        var life = lifecycle(size: 10, responseMissing: true)
        _ = life.start()
        #expect(life.found(nil) == .put(.absent))
    }

    @Test func anUnchangedOldVersionMeansThatTheRequestNeverArrived() {
        var life = lifecycle(size: 10, knowledge: .version("7"), responseMissing: true)
        _ = life.start()
        #expect(life.found(object(size: 3)) == .put(.version("7")))
    }

    @Test func anUnknownObjectAfterALostResponseIsLeftAlone() {
        var life = lifecycle(size: 10, responseMissing: true)
        _ = life.start()
        guard case .fail(let error) = life.found(object(size: 3)) else { return #expect(Bool(false), "not a failure") }
        #expect(error.code == .conflict)
    }

    // MARK: Sessions

    @Test func aLargeFileLooksFirstThenSendsPartByPart() {
        let size = Self.chunk * 2 + 5
        var life = lifecycle(size: size)
        #expect(life.start() == .find)
        #expect(life.found(nil) == .begin(.absent))
        #expect(life.began(session) == .send(Part(offset: 0, length: Self.chunk, isLast: false), session))
        #expect(
            life.progressed(.confirmed(Self.chunk)) == .send(Part(offset: Self.chunk, length: Self.chunk, isLast: false), session))
        #expect(life.progressed(.confirmed(Self.chunk * 2)) == .send(Part(offset: Self.chunk * 2, length: 5, isLast: true), session))
        #expect(life.progressed(.committed(object(size: size))) == .compare(object(size: size), .response))
    }

    @Test func aShortConfirmationGoesOnFromThere() {
        var life = lifecycle(size: Self.chunk * 4, session: session)
        #expect(life.start() == .probe(session))
        #expect(life.progressed(.confirmed(262_144)) == .send(Part(offset: 262_144, length: Self.chunk, isLast: false), session))
        #expect(life.progressed(.confirmed(262_145)) == .send(Part(offset: 262_145, length: Self.chunk, isLast: false), session))
    }

    /// Sent again at once, the part could be sent without end.
    @Test(arguments: [262_144, 0]) func aPartThatConfirmsNothingNewFails(confirmed: Int64) {
        var life = lifecycle(size: Self.chunk * 4, session: session)
        _ = life.start()
        _ = life.progressed(.confirmed(262_144))
        guard case .fail(let error) = life.progressed(.confirmed(confirmed)) else {
            Issue.record("the attempt goes on")
            return
        }
        #expect(error.code == .serverFault && error.disposition == .transient)
        #expect(life.session == session, "the session is good for another attempt")
    }

    @Test func aCommitThatIsNeverFinishedFails() {
        var life = lifecycle(size: Self.chunk, session: session)
        _ = life.start()
        _ = life.progressed(.confirmed(Self.chunk))
        for _ in 0..<10_000 {
            switch life.progressed(.committing(retryAfter: nil)) {
            case .wait: _ = life.waited()
            case .fail(let error):
                #expect(error.disposition == .transient)
                return
            case let other:
                Issue.record("unexpected: \(other)")
                return
            }
        }
        Issue.record("the attempt goes on")
    }

    @Test func nothingConfirmedBeginsAtTheFirstByteInTheSameSession() {
        var life = lifecycle(size: Self.chunk * 4, session: session)
        _ = life.start()
        #expect(life.progressed(.confirmed(0)) == .send(Part(offset: 0, length: Self.chunk, isLast: false), session))
    }

    @Test func aResumedSessionMayBeCommittedAlready() {
        var life = lifecycle(size: Self.chunk * 4, session: session, confirmed: Self.chunk * 3)
        _ = life.start()
        #expect(life.progressed(.committed(object(size: Self.chunk * 4))) == .compare(object(size: Self.chunk * 4), .response))
    }

    @Test func allBytesConfirmedWithoutAnObjectIsCommitted() {
        var life = lifecycle(size: Self.chunk * 4, session: session)
        _ = life.start()
        #expect(life.progressed(.confirmed(Self.chunk * 4)) == .commit(session, []))
    }

    @Test func moreConfirmedThanSentFailsLoudly() {
        var life = lifecycle(size: Self.chunk * 4, session: session)
        _ = life.start()
        _ = life.progressed(.confirmed(0))
        guard case .fail(let error) = life.progressed(.confirmed(Self.chunk + 1)) else { return #expect(Bool(false), "not a failure") }
        #expect(error.disposition == .permanent)
    }

    @Test func aLostSessionIsForgotten() {
        var life = lifecycle(size: Self.chunk * 4, session: session)
        _ = life.start()
        let gone = UploadError(.sessionGone, "404")
        #expect(life.failed(gone) == .fail(gone))
        #expect(life.session == nil)
    }

    @Test func aBusyServerKeepsTheSession() {
        var life = lifecycle(size: Self.chunk * 4, session: session)
        _ = life.start()
        _ = life.progressed(.confirmed(Self.chunk))
        let busy = UploadError(.serverBusy, "503")
        #expect(life.failed(busy) == .fail(busy))
        #expect(life.session == session)
        #expect(life.confirmed == Self.chunk)
    }

    // MARK: Verification

    @Test func anObjectWithAnotherDigestIsRemovedAndSentAgain() {
        var life = lifecycle(size: 10)
        _ = life.start()
        _ = life.put(object(size: 10))
        #expect(life.compared(equal: false) == .removeMismatched(object(size: 10)))
        guard case .fail(let error) = life.removedMismatched() else { return #expect(Bool(false), "not a failure") }
        #expect(error.code == .digestMismatch)
        #expect(error.disposition == .sessionGone)
    }

    @Test func anObjectThatHasToStayIsReplacedByTheNextAttempt() {
        var life = lifecycle(size: 10, knowledge: .version("6"))
        _ = life.start()
        _ = life.put(object(size: 10))
        _ = life.compared(equal: false)
        guard case .fail = life.removedMismatched(leaving: object(size: 10)) else { return #expect(Bool(false), "not a failure") }
        #expect(life.knowledge == .version("7") && life.mismatchedVersion == "7")
    }

    // MARK: Services that cannot be asked

    private func isUnknown(_ action: UploadLifecycle.Action) -> Bool {
        if case .fail(let error) = action { error.code == .outcomeUnknown } else { false }
    }

    @Test(arguments: [UploadError.Code.connectionLost, .timedOut, .invalidResponse])
    func aLostResponseToASingleRequestIsNotFollowedByAnother(code: UploadError.Code) {
        var life = lifecycle(size: 10, isRepeatable: false)
        #expect(life.start() == .put(.absent))
        #expect(isUnknown(life.failed(UploadError(code, "lost"))))
        var next = lifecycle(size: 10, responseMissing: true, isRepeatable: false)
        #expect(isUnknown(next.start()), "neither by the next attempt, nor after a kill")
    }

    @Test(arguments: [UploadError.Code.serverFault, .serverBusy, .unreachable])
    func aRefusedSingleRequestIsRepeated(code: UploadError.Code) {
        var life = lifecycle(size: 10, isRepeatable: false)
        _ = life.start()
        let refused = UploadError(code, "no")
        #expect(life.failed(refused) == .fail(refused))
    }

    @Test(arguments: [(2 * chunk, false), (3 * chunk, true)])
    func aSessionThatIsGoneCountsAsUnknownOnlyIfItCanHaveEnded(confirmed: Int64, isUnknown: Bool) {
        var life = lifecycle(size: 4 * Self.chunk, session: session, confirmed: confirmed, responseMissing: true, isRepeatable: false)
        #expect(life.start() == .probe(session))
        let gone = UploadError(.sessionGone, "404")
        let action = life.failed(gone)
        #expect(self.isUnknown(action) == isUnknown)
        if !isUnknown { #expect(action == .fail(gone)) }
    }

    @Test func withoutASessionALargeFileCanNotHaveBeenMade() {
        var life = lifecycle(size: 4 * Self.chunk, knowledge: .absent, responseMissing: true, isRepeatable: false)
        #expect(life.start() == .begin(.absent))
    }

    @Test func anObjectOfAnotherSizeIsRemoved() {
        var life = lifecycle(size: 10)
        _ = life.start()
        #expect(life.put(object(size: 9)) == .removeMismatched(object(size: 9)))
    }
}
