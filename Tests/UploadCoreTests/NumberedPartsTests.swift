import Testing
import UploadCore

@Suite struct NumberedPartPlanTests {
    static let rules = NumberedParts(lengths: 100...1000, countMax: 10, parallelMax: 4, areReplaceable: true)

    @Test(arguments: [(0, 1, 0), (1, 1, 1), (99, 1, 99), (100, 1, 100), (101, 2, 1), (1000, 10, 100)])
    func partsCoverTheObject(size: Int64, count: Int, last: Int64) throws {
        let plan = try #require(NumberedPartPlan(size: size, partSize: 100))
        #expect(plan.count == count)
        #expect(plan.part(count).length == last)
        #expect(plan.part(count).isLast)
        #expect((1...count).map { plan.part($0).length }.reduce(0, +) == size)
        #expect((1..<count).allSatisfy { plan.part($0).end == plan.part($0 + 1).offset && !plan.part($0).isLast })
    }

    /// The wanted length, brought into the limits, and grown where there would be too many parts.
    @Test(arguments: [(0, 1, 100), (5000, 300, 500), (5001, 300, 502), (5, 700, 700), (5, 5000, 1000)])
    func thePartSizeGrowsWithTheObject(size: Int64, wanted: Int64, partSize: Int64) {
        #expect(NumberedPartPlan.partSize(for: size, wanted: wanted, granularity: 2, rules: Self.rules) == partSize)
    }

    @Test func receiptsOfAnotherPlanAreNotCovered() throws {
        let plan = try #require(NumberedPartPlan(size: 250, partSize: 100))
        func receipt(_ number: Int, _ offset: Int64, _ length: Int64) -> PartReceipt {
            PartReceipt(number: number, offset: offset, length: length, token: "t", digest: nil)
        }
        #expect(plan.covers(receipt(3, 200, 50)))
        for other in [receipt(0, 0, 100), receipt(4, 300, 50), receipt(3, 200, 100), receipt(2, 0, 100)] { #expect(!plan.covers(other)) }
    }
}

/// Attempts over sessions of numbered parts.
@Suite struct NumberedLifecycleTests {
    let session = UploadSession(handle: "id", expiresAt: nil, partSize: 100)
    let plan: NumberedPartPlan

    init() throws {
        plan = try session.plan(of: 250)
    }

    func lifecycle(session: UploadSession?, responseMissing: Bool = false) -> UploadLifecycle {
        let rules = NumberedParts(lengths: 100...1000, countMax: 10, parallelMax: 4, areReplaceable: false)
        return UploadLifecycle(
            size: 250, partLength: 100,
            capabilities: BackendCapabilities(granularity: 1, objectMax: 1000, singleRequestMax: 10, digest: .sha1, parts: .numbered(rules)),
            session: session, confirmed: 0, knowledge: .absent, responseMissing: responseMissing)
    }

    func receipt(_ number: Int) -> PartReceipt {
        let part = plan.part(number)
        return PartReceipt(number: number, offset: part.offset, length: part.length, token: "t\(number)", digest: nil)
    }

    let object = RemoteObject(id: nil, version: "1", etag: nil, size: 250, digest: nil)

    @Test func allPartsAreSentAndThenCommitted() {
        var life = lifecycle(session: nil)
        #expect(life.start() == .begin(.absent))
        #expect(life.began(session) == .sendAll([1, 2, 3].map(plan.part), session))
        let receipts = [1, 2, 3].map(receipt)
        #expect(life.progressed(.parts(receipts.reversed())) == .commit(session, receipts))
        #expect(life.confirmed == 250)
        #expect(life.progressed(.committed(object)) == .compare(object, .response))
    }

    @Test func onlyMissingPartsAreSentAgain() {
        var life = lifecycle(session: session)
        #expect(life.start() == .probe(session))
        #expect(life.progressed(.parts([receipt(2)])) == .sendAll([plan.part(1), plan.part(3)], session))
        #expect(life.confirmed == 100)
    }

    @Test func anUnfinishedCommitIsRepeated() {
        var life = lifecycle(session: session)
        _ = life.start()
        let commit = UploadLifecycle.Action.commit(session, [1, 2, 3].map(receipt))
        #expect(life.progressed(.parts([1, 2, 3].map(receipt))) == commit)
        #expect(life.progressed(.committing(retryAfter: .seconds(2))) == .wait(.seconds(2)))
        #expect(life.waited() == commit)
    }

    @Test func aSessionThatTheServiceForgotAfterALostResponseIsLookedUp() {
        var life = lifecycle(session: session, responseMissing: true)
        _ = life.start()
        #expect(life.failed(UploadError(.sessionGone, "404")) == .find)
        #expect(life.found(object) == .compare(object, .found))
        #expect(life.compared(equal: true) == .finish(object))
        #expect(life.takeAbandoned() == session)
    }

    @Test func aCorruptSessionIsAbandonedOnce() {
        var life = lifecycle(session: session)
        _ = life.start()
        let error = UploadError(.digestMismatch, "another part")
        #expect(life.failed(error) == .fail(error))
        #expect(life.session == nil)
        #expect(life.takeAbandoned() == session)
        #expect(life.takeAbandoned() == nil)
    }

    /// A service may say so because the object is gone that the session was to replace, and keep the parts.
    @Test func aSessionThatIsNotFoundIsAbortedAllTheSame() {
        var life = lifecycle(session: session)
        _ = life.start()
        _ = life.failed(UploadError(.sessionGone, "404"))
        #expect(life.takeAbandoned() == session)
        #expect(life.takeAbandoned() == nil)
    }
}

/// Data whose end is not known.
@Suite struct UnknownLengthLifecycleTests {
    let session = UploadSession(handle: "id", expiresAt: nil)

    @Test func theEndIsLookedForPartByPart() {
        var life = UploadLifecycle(
            size: nil, partLength: 100, capabilities: BackendCapabilities(granularity: 1, objectMax: 1000, singleRequestMax: 10, digest: .crc32c),
            session: nil, confirmed: 0, knowledge: .absent, responseMissing: false)
        #expect(life.start() == .begin(.absent))
        #expect(life.began(session) == .measure(from: 0, atMost: 100))
        #expect(life.measured(100, isEnd: false) == .send(Part(offset: 0, length: 100, isLast: false), session))
        #expect(life.progressed(.confirmed(100)) == .measure(from: 100, atMost: 100))
        #expect(life.measured(30, isEnd: true) == .send(Part(offset: 100, length: 30, isLast: true), session))
        #expect(life.size == 130)
    }

    @Test func anEndOnAPartsBoundaryIsCommittedWithoutBytes() {
        var life = UploadLifecycle(
            size: nil, partLength: 100, capabilities: BackendCapabilities(granularity: 1, objectMax: 1000, singleRequestMax: 10, digest: .crc32c),
            session: session, confirmed: 0, knowledge: .absent, responseMissing: false)
        #expect(life.start() == .probe(session))
        #expect(life.progressed(.confirmed(200)) == .measure(from: 200, atMost: 100))
        #expect(life.measured(0, isEnd: true) == .commit(session, []))
    }
}
