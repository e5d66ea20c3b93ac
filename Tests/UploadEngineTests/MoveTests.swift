import Foundation
import Testing
import UploadCore
import UploadTestServer

/// Objects that follow renamed files, by way of a copy.
@Suite struct MoveTests {
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
