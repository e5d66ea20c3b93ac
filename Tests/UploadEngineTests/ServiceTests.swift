import Foundation
import Testing
import UploadCore
import UploadEngine
import UploadTestServer

/// What the engine does about services that differ from others.
@Suite struct ServiceTests {
    /// Nothing is made twice unless somebody says so.
    @Test func aRequestWhoseOutcomeNobodyKnowsIsNotRepeated() async throws {
        try await withEngine(.blind) { fixture in
            fixture.server.faults.set([Fault(.multipart, action: FaultAction(loseResponse: true))])
            let id = try fixture.write("llama.png", pattern(1000))
            try await fixture.eventually("the upload fails") { try fixture.state(id) == .failed }
            try await fixture.stop()
            try fixture.start()
            let requests = { fixture.server.counters.snapshot().requestsByKind["multipart"] }
            #expect(try fixture.state(id) == .failed && requests() == 1)
            try fixture.engine.report(.control(.retry, .file(id)))
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(requests() == 2)
        }
    }

    /// It has links, permissions, and contents from before the upload.
    @Test func aFileWhoseNewContentTurnsOutWrongStaysAndIsUpdatedAgain() async throws {
        try await withEngine(.versioned) { fixture in
            let id = try fixture.write("file", pattern(1000))
            try await fixture.engine.waitUntilUploaded(.file(id))
            let first = try await fixture.backend.find(ObjectKey("file"))
            fixture.server.faults.set([Fault(.multipart, action: FaultAction(wrongCRC32C: true))])
            try fixture.write("file", pattern(2000, seed: 2))
            try await fixture.engine.waitUntilUploaded(.file(id))
            let second = try #require(try await fixture.backend.find(ObjectKey("file")))
            #expect(second.id == first?.id && second.size == 2000)
        }
    }
}
