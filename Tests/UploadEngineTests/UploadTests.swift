import Foundation
import Testing
import UploadCore
import UploadEngine
import UploadTestServer

@Suite struct UploadTests {
    @Test(arguments: [0, 1, 262_143, 262_144, 262_145, 524_288, 1_000_000])
    func aFileOfAnySizeArrivesIntact(_ size: Int) async throws {
        try await withEngine { fixture in
            let content = pattern(size)
            let id = try fixture.write("file.bin", content)
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(try fixture.object("file.bin") == content)
            let status = try #require(try fixture.engine.status(of: id))
            #expect(status.state == .uploaded)
            #expect(status.percent == 100)
            #expect(status.checksum?.hasPrefix("crc32c:") == true)
            #expect(status.destination == "gs://demo/p/file.bin")
        }
    }

    @Test(arguments: [1000, 1_000_000])
    func aFileThatThePageCacheHasLostIsReadFromTheDisk(_ size: Int) async throws {
        try await withEngine { fixture in
            try await fixture.stop()
            try fixture.start(isStarted: false)
            let content = pattern(size)
            let id = try fixture.write("cold", content)
            let descriptor = open(fixture.spoolPath("cold"), O_RDONLY)
            #expect(fsync(descriptor) == 0)
            #expect(posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) == 0)
            close(descriptor)
            try fixture.engine.start(openFiles: fixture.openFiles)
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(try fixture.object("cold") == content)
        }
    }

    @Test func aSmallFileCostsOneRequest() async throws {
        try await withEngine { fixture in
            let id = try fixture.write("small.txt", pattern(4096))
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(fixture.server.counters.snapshot().requests == 1)
            #expect(fixture.count("multipart", "small.txt") == 1)
        }
    }

    @Test func aRewrittenFileReplacesItsObjectWithoutAQuestion() async throws {
        try await withEngine { fixture in
            let id = try fixture.write("a", pattern(10))
            try await fixture.engine.waitUntilUploaded(.file(id))
            try fixture.write("a", pattern(20, seed: 2))
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(try fixture.object("a") == pattern(20, seed: 2))
            #expect(fixture.server.counters.snapshot().requests == 2)
        }
    }

    @Test func somebodyElsesOlderObjectIsReplaced() async throws {
        try await withEngine { fixture in
            try await put("theirs", "a", fixture)
            let id = try fixture.write("a", pattern(10))
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(try fixture.object("a") == pattern(10))
        }
    }

    @Test func somebodyElsesNewerObjectIsLeftAloneUntilRetry() async throws {
        try await withEngine { fixture in
            let id = try fixture.write("a", pattern(10))
            try await fixture.engine.waitUntilUploaded(.file(id))
            try await put("newer", "a", fixture)
            try fixture.write("a", pattern(20))
            let error = await #expect(throws: UploadError.self) { try await fixture.engine.waitUntilUploaded(.file(id)) }
            #expect(error?.code == .conflict)
            #expect(try fixture.object("a") == Data("newer".utf8))
            #expect(try fixture.state(id) == .failed)
            try fixture.engine.report(.control(.retry, .file(id)))
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(try fixture.object("a") == pattern(20))
        }
    }

    /// Puts an object as another program would.
    private func put(_ text: String, _ name: String, _ fixture: EngineFixture) async throws {
        let content = Data(text.utf8)
        try await rawPut(fixture.server.url + "/upload/storage/v1/b/demo/o?uploadType=media&name=p%2F\(name)", content)
    }

    @Test func aFileThatIsOpenIsNotUploaded() async throws {
        try await withEngine { fixture in
            try fixture.write("a", Data())
            let id = try fixture.fileID("a")
            try await fixture.engine.waitUntilUploaded(.file(id))
            fixture.openFiles.set(id, isOpen: true)
            try fixture.write("a", pattern(10))
            try await fixture.eventually("looked at and put off") { try fixture.engine.status(of: id)?.state == .settling }
            #expect(try fixture.object("a").isEmpty)
            fixture.openFiles.set(id, isOpen: false)
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(try fixture.object("a") == pattern(10))
        }
    }

    @Test func anUrgentCloseUploadsAnOpenFile() async throws {
        try await withEngine { fixture in
            try Data().write(to: URL(fileURLWithPath: fixture.spoolPath("a")))
            let id = try fixture.fileID("a")
            fixture.openFiles.set(id, isOpen: true)
            try fixture.write("a", pattern(10), urgent: true)
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(try fixture.object("a") == pattern(10))
        }
    }

    @Test func aTemporaryNameGoesUpUnderItsFinalNameOnly() async throws {
        try await withEngine { fixture in
            let id = try fixture.write("movie.part", pattern(300_000))
            #expect(try fixture.state(id) == .held)
            try fixture.rename("movie.part", "movie")
            try await fixture.engine.waitUntilUploaded(.file(id))
            #expect(try fixture.keys == ["p/movie"])
        }
    }

    @Test func aRemovalReachesTheService() async throws {
        try await withEngine { fixture in
            let id = try fixture.write("a", pattern(10))
            try await fixture.engine.waitUntilUploaded(.file(id))
            try fixture.remove("a")
            try await fixture.engine.waitUntilUploaded(.directory(.root))
            #expect(try fixture.keys == [])
        }
    }

    @Test func aRenameReachesTheServiceWithoutSendingTheContent() async throws {
        try await withEngine { fixture in
            let id = try fixture.write("a", pattern(300_000))
            try await fixture.engine.waitUntilUploaded(.file(id))
            let sent = fixture.server.counters.snapshot().bodyBytes
            try fixture.rename("a", "b")
            try await fixture.engine.waitUntilUploaded(.directory(.root))
            #expect(try fixture.keys == ["p/b"])
            #expect(try fixture.object("b") == pattern(300_000))
            #expect(fixture.server.counters.snapshot().bodyBytes == sent)
        }
    }

    /// The removal waits for the quiet time, although nothing else happens that would wake its runner.
    @Test func theFormerObjectOfARewrittenRenamedFileGoesAfterTheQuietTime() async throws {
        try await withEngine { fixture in
            try await fixture.stop()
            try fixture.start(settle: .milliseconds(300))
            let id = try fixture.write("a", pattern(1000))
            try await fixture.engine.waitUntilUploaded(.file(id))
            try fixture.rename("a", "b")
            try fixture.write("b", pattern(1000, seed: 2))
            try await fixture.eventually("only the new object is there") { try fixture.keys == ["p/b"] }
        }
    }

    @Test func swappedNamesEndUpRight() async throws {
        try await withEngine { fixture in
            let (first, second) = (try fixture.write("a", pattern(10)), try fixture.write("b", pattern(20)))
            try await fixture.engine.waitUntilUploaded(.file(first))
            try await fixture.engine.waitUntilUploaded(.file(second))
            try fixture.rename("a", "t")
            try fixture.rename("b", "a")
            try fixture.rename("t", "b")
            try await fixture.engine.waitUntilUploaded(.directory(.root))
            #expect(try fixture.keys == ["p/a", "p/b"])
            #expect(try fixture.object("a") == pattern(20))
            #expect(try fixture.object("b") == pattern(10))
        }
    }

    @Test func aFileThatReplacesAnotherTakesItsObject() async throws {
        try await withEngine { fixture in
            let old = try fixture.write("a", pattern(10))
            try await fixture.engine.waitUntilUploaded(.file(old))
            let new = try fixture.write("a.part", pattern(20))
            try fixture.rename("a.part", "a")
            try await fixture.engine.waitUntilUploaded(.file(new))
            try await fixture.engine.waitUntilUploaded(.directory(.root))
            #expect(try fixture.object("a") == pattern(20))
            #expect(try fixture.keys == ["p/a"])
        }
    }
}

func rawPut(_ address: String, _ content: Data) async throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["curl", "-sf", "-X", "POST", "--data-binary", String(decoding: content, as: UTF8.self), address]
    process.standardOutput = FileHandle.nullDevice
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        process.terminationHandler = { ended in
            ended.terminationStatus == 0 ? continuation.resume() : continuation.resume(throwing: CocoaError(.fileWriteUnknown))
        }
        do { try process.run() } catch { continuation.resume(throwing: error) }
    }
}
