import Foundation
import Testing
import UploadCore
import UploadEngine
import UploadTestServer

@Suite struct ResumeTests {
    static let size = 2_000_000

    @Test func aStoppedUploadGoesOnFromTheServersWord() async throws {
        try await withEngine { fixture in
            fixture.server.faults.set([Fault(.part, skip: 3, times: 1, action: FaultAction(stallAfterBytes: 100_000))])
            let content = pattern(Self.size)
            let id = try fixture.write("big", content)
            try await fixture.eventually("three parts are confirmed") {
                try fixture.engine.status(of: id)?.bytesConfirmed == 3 * EngineFixture.chunk
            }
            try await fixture.stop()
            fixture.server.faults.clear()
            try fixture.start()
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(try fixture.object("big") == content)
            let object = try #require(fixture.server.counters.snapshot().objects["demo/p/big"])
            #expect(object.resentBytes == 0)
            #expect(object.bodyBytes <= Int64(Self.size) + EngineFixture.chunk)
            #expect(object.requestsByKind["begin"] == 1)
            #expect(object.requestsByKind["probe"] == 1)
        }
    }

    /// Each row: what goes wrong once in the middle of an upload, which has to arrive intact all the same.
    static let faults: [(String, Fault)] = [
        ("503", Fault(.part, skip: 2, action: FaultAction(status: 503, retryAfter: 0))),
        ("429", Fault(.part, skip: 2, action: FaultAction(status: 429, retryAfter: 0))),
        ("408", Fault(.part, skip: 2, action: FaultAction(status: 408, retryAfter: 0))),
        ("403 rate limit", Fault(.part, skip: 2, action: FaultAction(status: 403, retryAfter: 0, reason: "rateLimitExceeded"))),
        ("reset in the middle of a part", Fault(.part, skip: 2, action: FaultAction(resetAfterBytes: 50_000))),
        ("lost response to a part", Fault(.part, skip: 2, action: FaultAction(loseResponse: true))),
        ("lost final answer", Fault(.part, skip: 7, action: FaultAction(loseResponse: true))),
        ("short persistence", Fault(.part, skip: 2, action: FaultAction(persistBytes: 0))),
        ("308 without Range", Fault(.part, skip: 2, action: FaultAction(noRange: true))),
        ("session lost, 404", Fault(.part, skip: 2, action: FaultAction(loseSession: 404))),
        ("session lost, 410", Fault(.part, skip: 2, action: FaultAction(loseSession: 410))),
        ("lost response to begin", Fault(.begin, action: FaultAction(loseResponse: true))),
        ("garbage", Fault(.part, skip: 2, action: FaultAction(garbage: true))),
    ]

    @Test(arguments: faults)
    func aLargeUploadSurvives(_ name: String, _ fault: Fault) async throws {
        try await withEngine { fixture in
            fixture.server.faults.set([fault])
            let content = pattern(Self.size)
            let id = try fixture.write("big", content)
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(try fixture.object("big") == content, "\(name)")
            #expect(try fixture.keys == ["p/big"])
        }
    }

    @Test func aLostResponseToASmallUploadIsLookedUp() async throws {
        try await withEngine { fixture in
            fixture.server.faults.set([Fault(.multipart, action: FaultAction(loseResponse: true))])
            let id = try fixture.write("small", pattern(1000))
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(fixture.count("multipart", "small") == 1)
            #expect(fixture.count("get", "small") == 1)
        }
    }

    @Test func aRangeBeyondWhatWasSentFailsLoudly() async throws {
        try await withEngine { fixture in
            fixture.server.faults.set([Fault(.part, skip: 1, action: FaultAction(rangeBeyond: 1 << 20))])
            let id = try fixture.write("big", pattern(Self.size))
            _ = await #expect(throws: UploadError.self) { try await fixture.engine.waitUntilUploaded(.file(id)) }
            #expect(try fixture.state(id) == .failed)
        }
    }

    @Test func anObjectWithAWrongDigestIsNotCalledUploaded() async throws {
        try await withEngine { fixture in
            fixture.server.faults.set([Fault(.multipart, times: 1, action: FaultAction(wrongCRC32C: true))])
            let id = try fixture.write("small", pattern(1000))
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(fixture.count("multipart", "small") == 2)
            #expect(try fixture.object("small") == pattern(1000))
        }
    }

    @Test func aChangeInTheMiddleIsNeverCommittedTorn() async throws {
        try await withEngine { fixture in
            fixture.server.faults.set([Fault(.part, skip: 2, action: FaultAction(delayMilliseconds: 300))])
            let id = try fixture.write("big", pattern(Self.size))
            try await fixture.twoPartsAreConfirmed(of: id)
            let changed = pattern(Self.size, seed: 9)
            try fixture.write("big", changed)
            try await fixture.engine.waitUntilUploaded(.directory(.root))
            #expect(try fixture.object("big") == changed)
            #expect(fixture.server.counters.snapshot().openSessions == 0, "the first session is aborted")
        }
    }

    @Test func aPausedUploadResumesInItsSession() async throws {
        try await withEngine { fixture in
            fixture.server.faults.set([Fault(.part, times: nil, action: FaultAction(delayMilliseconds: 50))])
            let content = pattern(Self.size)
            let id = try fixture.write("big", content)
            try await fixture.eventually("a part is confirmed") { try fixture.engine.status(of: id)?.bytesConfirmed ?? 0 > 0 }
            try fixture.engine.report(.control(.pause, .file(id)))
            #expect(try fixture.state(id) == .paused)
            _ = await #expect(throws: UploadError.self) { try await fixture.engine.waitUntilUploaded(.file(id)) }
            fixture.server.faults.clear()
            try fixture.engine.report(.control(.resume, .directory(.root)))
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(try fixture.object("big") == content)
            #expect(fixture.count("begin", "big") == 1)
        }
    }

    @Test func aCancelledUploadLeavesNoSession() async throws {
        try await withEngine { fixture in
            fixture.server.faults.set([Fault(.part, times: nil, action: FaultAction(delayMilliseconds: 50))])
            let id = try fixture.write("big", pattern(Self.size))
            try await fixture.eventually("a part is confirmed") { try fixture.engine.status(of: id)?.bytesConfirmed ?? 0 > 0 }
            try fixture.engine.report(.control(.cancel, .file(id)))
            try await fixture.eventually("the session is aborted") { fixture.server.counters.snapshot().openSessions == 0 }
            #expect(try fixture.state(id) == .failed)
            #expect(try fixture.keys == [])
        }
    }

    @Test func aRenameInTheMiddleCostsNoByteTwice() async throws {
        try await withEngine { fixture in
            fixture.server.faults.set([Fault(.part, times: nil, action: FaultAction(delayMilliseconds: 20))])
            let content = pattern(Self.size)
            let id = try fixture.write("a", content)
            try await fixture.eventually("a part is confirmed") { try fixture.engine.status(of: id)?.bytesConfirmed ?? 0 > 0 }
            try fixture.rename("a", "b")
            try await fixture.engine.waitUntilUploaded(.directory(.root))
            #expect(try fixture.keys == ["p/b"])
            #expect(try fixture.object("b") == content)
            #expect(fixture.server.counters.snapshot().bodyBytes == Int64(Self.size))
        }
    }

    @Test func anUploadWithoutPermissionWaitsAndSaysSo() async throws {
        try await withEngine { fixture in
            fixture.server.faults.set([Fault(.multipart, times: nil, action: FaultAction(status: 403, reason: "forbidden"))])
            let id = try fixture.write("a", pattern(10))
            let error = await #expect(throws: UploadError.self) { try await fixture.engine.waitUntilUploaded(.file(id)) }
            #expect(error?.errno == EACCES)
            #expect(try fixture.state(id) == .waiting)
            fixture.server.faults.clear()
            try fixture.engine.report(.control(.retry, .file(id)))
            try await fixture.engine.waitUntilUploaded(.file(id))
        }
    }

    @Test func aNewEngineUploadsWhatTheKilledOneHadOnlyInItsJournal() async throws {
        try await withEngine { fixture in
            try await fixture.stop()
            // An engine that never starts to upload stands for one that is killed right after close() returned.
            try fixture.start(isStarted: false)
            let id = try fixture.write("a", pattern(100))
            try await fixture.stop()
            try fixture.start()
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(try fixture.object("a") == pattern(100))
        }
    }

    @Test func withoutItsDatabaseTheSpoolIsUploadedAgain() async throws {
        try await withEngine { fixture in
            let id = try fixture.write("a", pattern(100))
            try await fixture.engine.waitUntilUploaded(.file(id))
            try await fixture.stop()
            for name in ["checkpoints.sqlite", "checkpoints.sqlite-wal", "checkpoints.sqlite-shm"] {
                try? FileManager.default.removeItem(atPath: "\(fixture.directory)/state/\(name)")
            }
            try FileManager.default.removeItem(atPath: "\(fixture.directory)/state/journal")
            try fixture.start()
            // The scan has not come to the file yet, which must not look as if there was nothing to wait for.
            try await fixture.engine.waitUntilUploaded(.directory(.root))
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(try fixture.object("a") == pattern(100))
        }
    }
}
