import Foundation
import Testing
import UploadCore
import UploadTestServer

/// Objects that follow renamed files, by way of a copy.
@Suite struct MoveTests {
    /// What an attempt found under the former name is not under the new one.
    @Test(arguments: [EngineFixture.Service.inOrder, .numbered, .versioned])
    func whatIsUnderTheFormerNameIsLeftAloneByAFileThatIsRenamedDuringItsFirstAttempt(service: EngineFixture.Service) async throws {
        try await withEngine(service) { fixture in
            let first = try fixture.write("a", pattern(1000))
            try await fixture.eventually("the file is uploaded") { try fixture.state(first) == .uploaded }
            try await fixture.stop()
            // Another program's object from here on.
            try FileManager.default.removeItem(atPath: fixture.directory + "/state")
            try fixture.start()
            // More than any service takes in one request.
            let size = 6 << 20
            fixture.server.faults.set([Fault(.begin, times: 1, action: FaultAction(status: 503, delayMilliseconds: 1000))])
            let id = try fixture.write("a", pattern(size, seed: 2))
            try await fixture.eventually("a session is asked for") { fixture.server.counters.snapshot().requestsByKind["begin"] == 1 }
            try fixture.rename("a", "b")
            try await fixture.eventually("the file is uploaded under its new name") { try fixture.state(id) == .uploaded }
            let contents = try fixture.contents
            #expect(contents.map(\.count).filter { $0 > 0 }.sorted() == [1000, size])
            #expect(contents.contains(pattern(1000)) && contents.contains(pattern(size, seed: 2)))
        }
    }

    /// What a move has made when a later request of it fails.
    @Test(arguments: [EngineFixture.Service.inOrder, .numbered])
    func aMoveThatFailsAfterItsCopyLeavesNothingWhenTheFileIsRenamedAgain(service: EngineFixture.Service) async throws {
        try await withEngine(service) { fixture in
            let id = try fixture.write("a", pattern(1000))
            try await fixture.eventually("the file is uploaded") { try fixture.state(id) == .uploaded }
            // The copy is there, and its source cannot be removed.
            fixture.server.faults.set([Fault(.delete, times: nil, action: FaultAction(status: 503))])
            try fixture.rename("a", "b")
            try await fixture.eventually("the copy is made") { try fixture.keys == ["p/a", "p/b"] }
            try await fixture.eventually("the move has failed") { try fixture.state(id) == .waiting }
            try fixture.rename("b", "c")
            fixture.server.faults.clear()
            try await fixture.eventually("the object has followed") { try fixture.state(id) == .uploaded && fixture.keys == ["p/c"] }
        }
    }
}
