import Foundation
import NIOConcurrencyHelpers
import NIOCore
import Testing
import UploadCore
import UploadEngine
import UploadTestServer

/// Uploads whose parts have numbers, against a server that is in trouble.
@Suite struct NumberedPartsTests {
    /// Seven parts and a bit.
    static let size = 7 * Int(EngineFixture.chunk) + 1000

    /// Begins an upload of which two parts are confirmed, and whose others stand still.
    private static func uploadTwoParts(_ fixture: EngineFixture) async throws -> FileID {
        fixture.server.faults.set([Fault(.part, skip: 2, times: nil, action: FaultAction(stallAfterBytes: 1000))])
        let id = try fixture.write("big", pattern(size))
        try await fixture.twoPartsAreConfirmed(of: id)
        return id
    }

    @Test func partsGoSideBySide() async throws {
        try await withEngine(.numbered) { fixture in
            // Nothing goes on before four parts are under way.
            fixture.server.faults.set([Fault(.part, times: 4, action: FaultAction(stallAfterBytes: 1000))])
            let id = try fixture.write("big", pattern(Self.size))
            try await fixture.eventually("four parts are under way") { fixture.count("part", "big") == 4 }
            try await fixture.stop()
            fixture.server.faults.clear()
            try fixture.start()
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(try fixture.object("big") == pattern(Self.size))
        }
    }

    @Test func aStoppedUploadSendsOnlyTheMissingParts() async throws {
        try await withEngine(.numbered) { fixture in
            fixture.server.faults.set([Fault(.part, skip: 5, times: nil, action: FaultAction(stallAfterBytes: 1000))])
            let content = pattern(Self.size)
            let id = try fixture.write("big", content)
            try await fixture.eventually("five parts are confirmed") {
                try fixture.engine.status(of: id)?.bytesConfirmed == 5 * EngineFixture.chunk
            }
            try await fixture.stop()
            fixture.server.faults.clear()
            try fixture.start()
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(try fixture.object("big") == content)
            let object = try #require(fixture.server.counters.snapshot().objects["demo/p/big"])
            #expect(object.resentBytes == 0)
            #expect(object.requestsByKind["begin"] == 1)
            #expect(fixture.server.counters.snapshot().openSessions == 0)
        }
    }

    /// Each row: what goes wrong once in the middle of an upload, which has to arrive intact all the same.
    static let faults: [(String, Fault)] = [
        ("503", Fault(.part, skip: 2, action: FaultAction(status: 503, retryAfter: 0))),
        ("reset in the middle of a part", Fault(.part, skip: 2, action: FaultAction(resetAfterBytes: 50_000))),
        ("lost response to a part", Fault(.part, skip: 2, action: FaultAction(loseResponse: true))),
        ("lost response to begin", Fault(.begin, action: FaultAction(loseResponse: true))),
        ("lost response to the commit", Fault(.commit, action: FaultAction(loseResponse: true))),
        ("503 at the commit", Fault(.commit, action: FaultAction(status: 503, retryAfter: 0))),
        ("session lost", Fault(.part, skip: 2, action: FaultAction(loseSession: 404))),
        ("garbage", Fault(.part, skip: 2, action: FaultAction(garbage: true))),
    ]

    @Test(arguments: faults)
    func aLargeUploadSurvives(_ name: String, _ fault: Fault) async throws {
        try await withEngine(.numbered) { fixture in
            fixture.server.faults.set([fault])
            let content = pattern(Self.size)
            let id = try fixture.write("big", content)
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(try fixture.object("big") == content, "\(name)")
            #expect(try fixture.keys == ["p/big"])
            try await fixture.eventually("\(name): nothing is left") { fixture.server.counters.snapshot().openSessions == 0 }
        }
    }

    /// The engine has stopped before it could look what the request came to.
    @Test func aSessionWhoseOpeningHadNoResponseIsDroppedAfterTheNextStart() async throws {
        try await withEngine(.numbered) { fixture in
            fixture.server.faults.set([
                Fault(.begin, times: nil, action: FaultAction(loseResponse: true)), Fault(.list, times: nil, action: FaultAction(status: 503)),
            ])
            let id = try fixture.write("big", pattern(Self.size))
            try await fixture.eventually("a session is opened") { fixture.server.counters.snapshot().openSessions > 0 }
            try await fixture.stop()
            fixture.server.faults.clear()
            try fixture.start()
            try await fixture.engine.waitUntilUploaded(.file(id))
            try await fixture.eventually("it is dropped") { fixture.server.counters.snapshot().openSessions == 0 }
            #expect(try fixture.object("big") == pattern(Self.size))
        }
    }

    @Test func aFileThatIsRemovedMeanwhileLeavesNoSessionWithoutAName() async throws {
        try await withEngine(.numbered) { fixture in
            fixture.server.faults.set([
                Fault(.begin, times: nil, action: FaultAction(loseResponse: true)), Fault(.list, times: nil, action: FaultAction(status: 503)),
            ])
            try fixture.write("big", pattern(Self.size))
            try await fixture.eventually("a session is opened") { fixture.server.counters.snapshot().openSessions > 0 }
            try fixture.remove("big")
            fixture.server.faults.clear()
            try await fixture.eventually("it is dropped") { fixture.server.counters.snapshot().openSessions == 0 }
        }
    }

    @Test func theCopyOfARenamedObjectIsDroppedUntilItIsGone() async throws {
        try await withEngine(.numbered) { fixture in
            let id = try fixture.write("big", pattern(Self.size))
            try await fixture.engine.waitUntilUploaded(.file(id))
            fixture.server.faults.set([
                Fault(.rewrite, skip: 1, action: FaultAction(status: 503, retryAfter: 0)),
                Fault(.abort, times: 3, action: FaultAction(status: 503, retryAfter: 0)),
            ])
            try fixture.rename("big", "moved")
            try await fixture.eventually("the object has followed") { try fixture.keys == ["p/moved"] }
            try await fixture.eventually("the first copy is dropped") { fixture.server.counters.snapshot().openSessions == 0 }
            #expect(try fixture.object("moved") == pattern(Self.size))
        }
    }

    /// What was there, or not, when the session was opened counts after a restart, too.
    @Test func anObjectThatAppearsDuringAPauseIsNotOverwritten() async throws {
        try await withEngine(.numbered) { fixture in
            let id = try await Self.uploadTwoParts(fixture)
            try await fixture.stop()
            fixture.server.faults.clear()
            let theirs = Data("theirs".utf8)
            let digest = { (algorithm: DigestAlgorithm) in
                var running = RunningDigest(algorithm)
                theirs.withUnsafeBytes { running.update($0) }
                return running.digest
            }
            let left = NIOLockedValueBox<ByteBuffer?>(ByteBuffer(bytes: theirs))
            let body = PartBody(length: Int64(theirs.count)) {
                left.withLockedValue { left in
                    defer { left = nil }
                    return left
                }
            }
            let object = ObjectDescription(key: ObjectKey("p/big"), size: Int64(theirs.count), contentType: "text/plain")
            _ = try await fixture.backend.put(object, body: body, digest: digest(.crc64), bodyDigest: digest(.md5))
            try fixture.start()
            try await fixture.eventually("the upload fails") { try fixture.state(id) == .failed }
            #expect(try fixture.object("big") == theirs)
        }
    }

    @Test func aPartWhoseResponseWasLostIsNotSentAgain() async throws {
        try await withEngine(.numbered) { fixture in
            fixture.server.faults.set([Fault(.part, skip: 2, action: FaultAction(loseResponse: true))])
            let id = try fixture.write("big", pattern(Self.size))
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(fixture.server.counters.snapshot().objects["demo/p/big"]?.resentBytes == 0)
        }
    }

    @Test func aCommitWhoseResponseWasLostIsLookedUp() async throws {
        try await withEngine(.numbered) { fixture in
            fixture.server.faults.set([Fault(.commit, action: FaultAction(loseResponse: true))])
            let id = try fixture.write("big", pattern(Self.size))
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(fixture.count("commit", "big") == 1)
            #expect(fixture.count("begin", "big") == 1)
        }
    }

    @Test func aChangeInTheMiddleIsNeverCommittedTorn() async throws {
        try await withEngine(.numbered) { fixture in
            _ = try await Self.uploadTwoParts(fixture)
            fixture.server.faults.clear()
            let changed = pattern(Self.size, seed: 9)
            try fixture.write("big", changed)
            try await fixture.engine.waitUntilUploaded(.directory(.root))
            #expect(try fixture.object("big") == changed)
            #expect(fixture.server.counters.snapshot().openSessions == 0, "the first session is aborted")
        }
    }

    /// What size and time do not show: a disk that lost a write, another process in the spool.
    @Test func bytesThatChangedUnseenAreNoticedBeforeAnUploadGoesOn() async throws {
        try await withEngine(.numbered) { fixture in
            try await fixture.stop()
            try fixture.start(verifiesSources: true)
            let id = try await Self.uploadTwoParts(fixture)
            try await fixture.stop()
            fixture.server.faults.clear()
            let path = fixture.spoolPath("big")
            let changed = pattern(Self.size, seed: 9)
            try shell("cp --preserve=timestamps '\(path)' '\(path).times'")
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try handle.write(contentsOf: changed)
            try handle.close()
            try shell("touch --reference='\(path).times' '\(path)' && rm '\(path).times'")
            try fixture.start(verifiesSources: true)
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(try fixture.object("big") == changed)
            #expect(fixture.count("begin", "big") == 2)
            try await fixture.eventually("the first session is aborted") { fixture.server.counters.snapshot().openSessions == 0 }
        }
    }

    private func shell(_ script: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-ec", script]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}
