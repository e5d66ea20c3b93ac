import Testing
import UploadCore

/// Numbers that a service, a stored row or a clock may give: whatever they are, there is a plan, or there is none.
@Suite struct ForeignNumberTests {
    static let extremes: [Int64] = [.min, .min + 1, -1, 0, 1, 2, 7, 9999, 10_000, 10_001, 1 << 31, 1 << 32, 1 << 62, .max - 1, .max]
    static let rules = NumberedParts(lengths: 1...(5 << 30), countMax: 10_000, parallelMax: 4, areReplaceable: false)

    @Test(arguments: extremes)
    func aPlanOfNumberedPartsIsSoundOrNone(_ size: Int64) {
        for partSize in Self.extremes {
            guard let plan = NumberedPartPlan(size: size, partSize: partSize) else { continue }
            #expect(size >= 0 && partSize > 0)
            #expect((1...NumberedPartPlan.countMax).contains(plan.count))
            #expect(plan.part(1).offset == 0 && plan.part(plan.count).end == size)
            for number in [Int.min, -1, 0, 1, plan.count, plan.count + 1, .max] {
                let part = plan.part(number)
                #expect((1...plan.count).contains(part.number) && part.length >= 0 && part.end <= size)
                let receipt = PartReceipt(number: number, offset: part.offset, length: part.length, token: "t", digest: nil)
                #expect(plan.covers(receipt) == (1...plan.count).contains(number))
            }
        }
    }

    @Test func aPlanOfMorePartsThanTheServiceTakesIsNone() {
        #expect(NumberedPartPlan(size: 10_000, partSize: 1)?.count == 10_000)
        #expect(NumberedPartPlan(size: 10_001, partSize: 1) == nil)
        #expect(NumberedPartPlan(size: 11, partSize: 1, countMax: 10) == nil)
        #expect(NumberedPartPlan(size: .max, partSize: .max)?.count == 1)
    }

    @Test(arguments: extremes)
    func theLengthOfPartsStaysWithinTheRules(_ size: Int64) {
        for wanted in Self.extremes {
            for granularity in Self.extremes {
                let length = NumberedPartPlan.partSize(for: size, wanted: wanted, granularity: granularity, rules: Self.rules)
                #expect(Self.rules.lengths.contains(length))
            }
        }
    }

    @Test(arguments: extremes)
    func aSessionWithoutAUsablePartSizeCountsAsGone(_ partSize: Int64) {
        let session = UploadSession(handle: "id", expiresAt: nil, partSize: partSize)
        do throws(UploadError) {
            let plan = try session.plan(of: 1 << 40)
            #expect(plan.partSize == partSize && plan.count <= NumberedPartPlan.countMax)
        } catch {
            #expect(error.code == .sessionGone && (partSize <= 0 || (1 << 40) / partSize >= 10_000))
        }
        #expect(throws: UploadError.self) { try session.plan(of: nil) }
    }

    @Test(arguments: extremes)
    func aPlanInOrderEndsWithTheObject(_ size: Int64) {
        for partLength in Self.extremes {
            for confirmed in Self.extremes {
                guard let part = PartPlan(size: size, partLength: partLength).part(after: confirmed) else { continue }
                #expect(part.offset == confirmed && part.length > 0 && part.end <= size && part.isLast == (part.end == size))
            }
        }
    }

    @Test func sumsAndEndsStopAtTheLargestNumber() {
        let receipts = [1, 2].map { PartReceipt(number: $0, offset: 0, length: .max, token: "t", digest: nil) }
        #expect(receipts.totalLength == .max)
        #expect(Part(offset: .max, length: 1, isLast: true).end == .max)
    }

    @Test(arguments: [Int.min, -1, 0, 1, 64, .max])
    func aWaitIsNeitherNegativeNorAboveItsCap(_ failures: Int) {
        let durations: [Duration] = [.zero, .seconds(1), .seconds(Int64.max), .seconds(Int64.min)]
        for random in [0, 1, 0.5, -1, 2, .nan, .infinity] {
            for backoff in [Backoff.transient, .needsRepair] {
                #expect((Duration.zero...backoff.cap).contains(backoff.delay(failures: failures, random: random)))
                for asked in durations {
                    let wait = backoff.delay(failures: failures, retryAfter: asked, random: random)
                    #expect((Duration.zero...(.seconds(3600) + backoff.base)).contains(wait))
                }
            }
            for base in durations { _ = Backoff(base: base, cap: .seconds(Int64.max)).delay(failures: failures, random: random) }
        }
    }

    /// A stored session whose part size is anything ends the attempt, is dropped at the service, and crashes nothing.
    @Test(arguments: extremes + [nil])
    func anAttemptOverAnySessionGoesOnOrStartsAnew(_ partSize: Int64?) {
        let session = UploadSession(handle: "id", expiresAt: nil, partSize: partSize)
        let capabilities = BackendCapabilities(
            granularity: 1, objectMax: .max, singleRequestMax: 10, digest: .sha1, parts: .numbered(Self.rules))
        for size in [Int64(11), 1 << 40, .max] {
            var life = UploadLifecycle(
                size: size, partLength: 100, capabilities: capabilities, session: session, confirmed: 0, knowledge: .absent, responseMissing: false)
            switch life.start() {
            case .probe: _ = life.progressed(.parts([PartReceipt(number: .max, offset: .max, length: .max, token: "t", digest: nil)]))
            case .fail(let error):
                #expect(error.disposition == .sessionGone && life.session == nil && life.takeAbandoned() == session)
            case let other: Issue.record("\(other) is not expected")
            }
        }
    }
}
