import Foundation
import Testing
import UploadCore
import UploadEngine
import UploadTestServer

/// Files whose renames lead to a key that another file's upload is filling.
@Suite struct SharedKeyTests {
    @Test func aRenamedFileWaitsForTheUploadThatIsFillingItsNewKey() async throws {
        try await withEngine { fixture in
            let small = try fixture.write("a", pattern(1000))
            try await fixture.engine.waitUntilUploaded(.file(small))
            fixture.server.faults.set([Fault(.begin, times: 1, action: FaultAction(delayMilliseconds: 500))])
            let large = try fixture.write("b", pattern(1_000_000, seed: 2))
            try await fixture.eventually("the large file is being uploaded") { try fixture.state(large) == .uploading }
            try fixture.rename("b", "c")
            try fixture.rename("a", "b")
            try await fixture.engine.waitUntilUploaded(.directory(.root))
            #expect(try fixture.keys == ["p/b", "p/c"])
            #expect(try fixture.object("b") == pattern(1000))
            #expect(try fixture.object("c") == pattern(1_000_000, seed: 2))
            #expect(fixture.count("multipart", "b") == 0, "the small file was moved, not uploaded again")
        }
    }

    /// - Parameter remedy: what its owner does with the paused upload.
    @Test(arguments: [ControlCommand.resume, .cancel])
    func aFileThatWaitsForAPausedUploadSaysSo(remedy: ControlCommand) async throws {
        try await withEngine { fixture in
            fixture.server.faults.set([Fault(.part, skip: 2, times: 1, action: FaultAction(stallAfterBytes: 1000))])
            let large = try fixture.write("a", pattern(1_000_000, seed: 2))
            try await fixture.twoPartsAreConfirmed(of: large)
            try fixture.engine.report(.control(.pause, .file(large)))
            fixture.server.faults.clear()
            try fixture.rename("a", "b")
            let small = try fixture.write("a", pattern(1000))
            try await fixture.eventually("the reason") {
                try fixture.engine.status(of: small)?.error?.contains("b has an unfinished upload") == true
            }
            try fixture.engine.report(.control(remedy, .file(large)))
            try await fixture.engine.waitUntilUploaded(.file(small))
            #expect(try fixture.object("a") == pattern(1000))
            if remedy == .cancel {
                #expect(try fixture.state(large) == .failed)
                try fixture.engine.report(.control(.retry, .file(large)))
            }
            try await fixture.engine.waitUntilUploaded(.file(large))
            #expect(try fixture.object("b") == pattern(1_000_000, seed: 2))
        }
    }
}
