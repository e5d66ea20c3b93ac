import Foundation
import Testing
import UploadCore
import UploadEngine
import UploadTestServer

/// Files that are uploaded because a program waits, while others have them open in such a way that changes are reported late.
@Suite struct UnreportedChangeTests {
    @Test func aContentThatIsChangedIsGivenUpAndIsNoFailure() async throws {
        try await withEngine { fixture in
            let id = try await startUpload(fixture)
            let content = try #require(try fixture.engine.closedContent(of: id))
            let engine = try fixture.engine
            fixture.openFiles.set(id) { try engine.report(.contentWillChange(id, path: SpoolPath("a"), unseen: true)) }
            try fixture.changeUnreported("a")
            let error = await #expect(throws: UploadError.self) { try await fixture.engine.waitUntilUploaded(content) }
            #expect(error?.code == .contentChanged)
            #expect(error?.errno == EBUSY)
            let status = try #require(try fixture.engine.status(of: id))
            #expect(status.state == .open)
            #expect(status.error == nil)
            try await fixture.eventually("the session is aborted") { fixture.server.counters.snapshot().openSessions == 0 }
            #expect(try fixture.keys == [])

            fixture.server.faults.clear()
            try fixture.close("a", urgent: true)
            let next = try #require(try fixture.engine.closedContent(of: id))
            try await fixture.engine.waitUntilUploaded(next)
            #expect(try fixture.object("a") == Data(contentsOf: URL(fileURLWithPath: fixture.spoolPath("a"))))
        }
    }

    @Test func timesThatAreSetCostNothing() async throws {
        try await withEngine { fixture in
            let id = try await startUpload(fixture)
            let content = try #require(try fixture.engine.closedContent(of: id))
            let engine = try fixture.engine
            fixture.openFiles.set(id) { try engine.report(.timesChanged(id, modified: 1_000_000_000_000_000_000)) }
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1_000_000_000)], ofItemAtPath: fixture.spoolPath("a"))
            try await fixture.engine.waitUntilUploaded(content)
            #expect(try fixture.object("a") == pattern(ResumeTests.size))
            #expect(fixture.count("begin", "a") == 1)
        }
    }

    @Test func aContentThatWasUploadedBeforeTheNextChangeIsNotWaitedFor() async throws {
        try await withEngine { fixture in
            let id = try fixture.write("a", pattern(10), urgent: true)
            let content = try #require(try fixture.engine.closedContent(of: id))
            try await fixture.engine.waitUntilUploaded(.file(id))
            try fixture.engine.report(.contentWillChange(id, path: SpoolPath("a"), unseen: false))
            try await fixture.engine.waitUntilUploaded(content)
            let next = try #require(try fixture.engine.closedContent(of: id))
            let error = await #expect(throws: UploadError.self) { try await fixture.engine.waitUntilUploaded(next) }
            #expect(error?.code == .contentChanged)
        }
    }

    /// The one who waits may be the one who has the file open, so that it would never be closed.
    @Test func aLaterContentThatNobodyWaitsForIsNotWaitedFor() async throws {
        try await withEngine { fixture in
            let id = try await startUpload(fixture)
            let content = try #require(try fixture.engine.closedContent(of: id))
            try fixture.write("a", pattern(ResumeTests.size, seed: 2))
            let error = await #expect(throws: UploadError.self) { try await fixture.engine.waitUntilUploaded(content) }
            #expect(error?.code == .contentChanged)
            try fixture.write("a", pattern(ResumeTests.size, seed: 3), urgent: true)
            try await fixture.engine.waitUntilUploaded(content)
            #expect(try fixture.object("a") == pattern(ResumeTests.size, seed: 3))
        }
    }

    @Test func aFileThatIsRenamedAndOpenGoesUpAgainForWhoWaits() async throws {
        try await withEngine { fixture in
            let id = try fixture.write("a", pattern(10), urgent: true)
            let content = try #require(try fixture.engine.closedContent(of: id))
            try await fixture.engine.waitUntilUploaded(content)
            fixture.openFiles.set(id, isOpen: true)
            // The object goes with the real name.
            try fixture.rename("a", "a.part")
            try fixture.rename("a.part", "b")
            try await fixture.engine.waitUntilUploaded(content)
            #expect(try fixture.keys == ["p/b"])
        }
    }

    /// A large file that is open, of whose upload some parts are confirmed and others are not.
    private func startUpload(_ fixture: EngineFixture) async throws -> FileID {
        fixture.server.faults.set([Fault(.part, times: nil, action: FaultAction(delayMilliseconds: 50))])
        try Data().write(to: URL(fileURLWithPath: fixture.spoolPath("a")))
        let id = try fixture.fileID("a")
        fixture.openFiles.set(id, isOpen: true)
        try fixture.write("a", pattern(ResumeTests.size), urgent: true)
        try await fixture.eventually("a part is confirmed") { try fixture.engine.status(of: id)?.bytesConfirmed ?? 0 > 0 }
        return id
    }
}

extension EngineFixture {
    /// Writes as a program does whose writes nobody sees.
    fileprivate func changeUnreported(_ path: String) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: spoolPath(path)))
        try file.write(contentsOf: Data("changed".utf8))
        try file.close()
    }
}
