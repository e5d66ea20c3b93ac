import Backends
import Credentials
import HTTPTransport
import NIOHTTP1
import Testing
import UploadCore
import UploadTestServer
@testable import UploadTesting

/// What is Box's own, against the test server.
@Suite struct BoxServiceTests {
    private func upload(
        _ service: BoxTestService, _ name: String, size: Int64, _ precondition: Precondition = .absent
    ) throws -> ConformanceUpload {
        try ConformanceUpload(service.box(), key: name, size: size, chunk: BoxTestService.partSize, precondition: precondition)
    }

    private func fails(_ code: UploadError.Code, _ body: () async throws -> Void) async {
        let error = await #expect(throws: UploadError.self) { try await body() }
        #expect(error?.code == code, "\(String(describing: error))")
    }

    @Test func aNewFileTakesOneRequestOnceItsFolderIsKnown() async throws {
        try await BoxTestService.run { service in
            let backend = try service.box()
            for index in 0..<20 {
                var upload = try ConformanceUpload(backend, key: "many/\(index)", size: 4096, chunk: 1 << 20, precondition: .absent)
                _ = try await upload.put()
            }
            let counters = service.server.counters.snapshot()
            #expect(counters.requestsByKind == ["folder": 2, "multipart": 20])
            #expect(counters.connections == 1)
            #expect(counters.bodyBytes == 20 * 4096)
        }
    }

    @Test func filesOfANewFolderThatComeAtOnceMakeItOnce() async throws {
        try await BoxTestService.run { service in
            let backend = try service.box()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<8 {
                    group.addTask {
                        var upload = try ConformanceUpload(
                            backend, key: "a/b/\(index)", size: 10, chunk: 1 << 20, precondition: .absent)
                        _ = try await upload.put()
                    }
                }
                try await group.waitForAll()
            }
            #expect(service.server.counters.snapshot().requestsByKind["folder"] == 3)
        }
    }

    @Test func foldersThatAreThereAreUsed() async throws {
        try await BoxTestService.run { service in
            var first = try upload(service, "there/first", size: 1)
            var second = try upload(service, "there/second", size: 2)
            _ = try await first.put()
            try await service.expect(second, arrivedWith: try await second.put())
        }
    }

    @Test func aFolderThatWasRemovedIsMadeAgain() async throws {
        try await BoxTestService.run { service in
            let backend = try service.box()
            var first = try ConformanceUpload(backend, key: "gone/first", size: 1, chunk: 1 << 20, precondition: .absent)
            var second = try ConformanceUpload(backend, key: "gone/second", size: 2, chunk: 1 << 20, precondition: .absent)
            _ = try await first.put()
            try await service.removeFolder("base/gone")
            await fails(.serverFault) { _ = try await second.put() }
            try await service.expect(second, arrivedWith: try await second.put())
        }
    }

    @Test func aFolderThatWasRemovedHoldsNothing() async throws {
        try await BoxTestService.run { service in
            let backend = try service.box()
            var first = try ConformanceUpload(backend, key: "a/b/first", size: 1, chunk: 1 << 20, precondition: .absent)
            var other = try ConformanceUpload(backend, key: "a/c/other", size: 2, chunk: 1 << 20, precondition: .absent)
            _ = try await first.put()
            try await service.removeFolder("base/a")
            #expect(try await backend.find(first.object.key) == nil)
            _ = try await first.put()
            try await service.removeFolder("base/a")
            // The folder above the one that is to be made is gone, too.
            try await service.expect(other, arrivedWith: try await other.put())
        }
    }

    @Test func aMissingFolderOfTheDestinationIsNamed() async throws {
        try await BoxTestService.run { service in
            let nowhere = BoxDestination(folderID: "77", endpoints: try service.destination().endpoints)
            let backend = BoxBackend(destination: nowhere, transport: service.base.transport, tokens: StaticToken("test-token"))
            var upload = try ConformanceUpload(backend, key: "a", size: 1, chunk: 1 << 20, precondition: .absent)
            await fails(.noSuchBucket) { _ = try await upload.put() }
            await fails(.noSuchBucket) { _ = try await backend.probeAccess() }
        }
    }

    @Test func anExistingFileGetsANewVersionUnderItsId() async throws {
        try await BoxTestService.run { service in
            var small = try upload(service, "file", size: 10)
            let first = try await small.put()
            var large = try upload(service, "file", size: 3 * BoxTestService.partSize, .version(try #require(first.version)))
            let second = try await large.finish()
            #expect(second.id == first.id && second.version != first.version)
            try await service.expect(large, arrivedWith: second)
            var again = try upload(service, "file", size: 20, .version(try #require(second.version)))
            #expect(try await again.put().id == first.id)
        }
    }

    @Test func namesThatDifferInCapitalsAreReported() async throws {
        try await BoxTestService.run { service in
            var first = try upload(service, "Dir/Report", size: 10)
            _ = try await first.put()
            var put = try upload(service, "Dir/report", size: 10)
            await fails(.invalidName) { _ = try await put.put() }
            var session = try upload(service, "Dir/REPORT", size: 10)
            await fails(.invalidName) { try await session.begin() }
            var below = try upload(service, "dir/other", size: 10)
            await fails(.invalidName) { _ = try await below.put() }
            #expect(try await put.backend.find(put.object.key) == nil)
            let found = try await first.backend.find(first.object.key)
            try await service.expect(first, arrivedWith: try #require(found))
        }
    }

    @Test func aNameThatIsTakenWhileTheSessionWasOpenIsAConflict() async throws {
        try await BoxTestService.run { service in
            var slow = try upload(service, "name", size: 10)
            try await slow.begin()
            var quick = try upload(service, "name", size: 20)
            _ = try await quick.put()
            await fails(.conflict) { _ = try await slow.finish() }
            var capital = try upload(service, "NAMES", size: 10)
            try await capital.begin()
            var small = try upload(service, "names", size: 20)
            _ = try await small.put()
            await fails(.invalidName) { _ = try await capital.finish() }
        }
    }

    @Test func aFolderIsNoFileAndAFileNoFolder() async throws {
        try await BoxTestService.run { service in
            var below = try upload(service, "folder/file", size: 1)
            _ = try await below.put()
            var onFolder = try upload(service, "folder", size: 1)
            await fails(.conflict) { _ = try await onFolder.put() }
            #expect(try await onFolder.backend.find(onFolder.object.key) == nil)
            var onFile = try upload(service, "folder/file/below", size: 1)
            await fails(.conflict) { _ = try await onFile.put() }
        }
    }

    @Test func theTimeOfTheContentArrivesByBothWays() async throws {
        try await BoxTestService.run { service in
            var put = try upload(service, "put", size: 10)
            var session = try upload(service, "session", size: 10)
            _ = try await put.put()
            _ = try await session.finish()
            for upload in [put, session] {
                let item = try #require(try await service.item(upload.object.key))
                #expect(item["content_modified_at"] as? String == "2023-11-14T22:13:20Z")
                #expect(item["content_created_at"] as? String == "2023-11-14T22:13:20Z")
            }
        }
    }

    @Test func aCommitWaitsForPartsThatAreBeingProcessed() async throws {
        try await BoxTestService.run { service in
            var upload = try upload(service, "late", size: 2 * BoxTestService.partSize)
            service.server.faults.set([
                Fault(.commit, times: 2, action: FaultAction(status: 202, retryAfter: 9)),
                Fault(.commit, action: FaultAction(status: 400, reason: "parts_mismatch")),
            ])
            try await upload.begin()
            while try upload.nextPart() != nil { _ = try await upload.sendNext() }
            #expect(try await upload.commit() == .committing(retryAfter: .seconds(9)))
            try await service.expect(upload, arrivedWith: try await upload.finish())
            #expect(service.counted(upload.object.key)?.requestsByKind["commit"] == 4)
            #expect(service.counted(upload.object.key)?.bodyBytes == 2 * BoxTestService.partSize)
        }
    }

    @Test func aSessionWhosePartsNeverMakeAFileIsGivenUp() async throws {
        try await BoxTestService.run { service in
            let clock = SettableDate()
            let backend = try service.box(now: { clock.now })
            service.server.faults.set([Fault(.commit, times: 3, action: FaultAction(status: 400, reason: "parts_mismatch"))])
            var upload = try ConformanceUpload(backend, key: "never", size: 2 * BoxTestService.partSize, chunk: 1, precondition: .absent)
            try await upload.begin()
            while try upload.nextPart() != nil { _ = try await upload.sendNext() }
            await fails(.serverBusy) { _ = try await upload.commit() }
            clock.advance(by: 599)
            await fails(.serverBusy) { _ = try await upload.commit() }
            clock.advance(by: 1)
            await fails(.digestMismatch) { _ = try await upload.commit() }
            try await service.expect(upload, arrivedWith: try await upload.finish())
        }
    }

    @Test func aDeveloperTokenThatHasExpiredIsNamed() async throws {
        try await BoxTestService.run { service in
            let tokens = try BoxCredentials.discover(
                file: nil, environment: ["BOX_DEVELOPER_TOKEN": "expired"], endpoint: "http://127.0.0.1:1", transport: service.base.transport)
            let backend = BoxBackend(destination: try service.destination(), transport: service.base.transport, tokens: tokens)
            let error = await #expect(throws: UploadError.self) { try await backend.probeAccess() }
            #expect(error?.code == .unauthenticated)
            #expect(error?.sentence.contains("60 minutes") == true && error?.sentence.contains("BOX_DEVELOPER_TOKEN") == true)
        }
    }

    @Test func aPartThatIsThereAlreadyIsFoundByAProbe() async throws {
        try await BoxTestService.run { service in
            var upload = try upload(service, "twice", size: 2 * BoxTestService.partSize)
            try await upload.begin()
            let part = try #require(try upload.nextPart())
            _ = try await upload.sendNext()
            await fails(.serverFault) { _ = try await upload.send(part, body: upload.pattern.body(part.offset..<part.end)) }
            try await service.expect(upload, arrivedWith: try await upload.finish())
        }
    }

    @Test func movingChangesFolderAndNameAndKeepsTheId() async throws {
        try await BoxTestService.run { service in
            var upload = try upload(service, "here/a", size: 10)
            let object = try await upload.put()
            let target = try upload.backend.key(for: SpoolPath("there/b"))
            let moved = try await upload.backend.move(upload.object.key, version: object.version, to: target)
            #expect(moved.id == object.id)
            #expect(try await service.content(of: target) == upload.pattern.all)
            var other = try self.upload(service, "here/a", size: 20)
            let second = try await other.put()
            await fails(.conflict) { _ = try await other.backend.move(other.object.key, version: second.version, to: target) }
        }
    }

    @Test(arguments: ["", "not/there"])
    func checkingADestinationLeavesNothingBehind(path: String) async throws {
        try await BoxTestService.run { service in
            let backend = try service.box(path)
            let access = try await backend.probeAccess()
            #expect(access == "the folder All Files exists")
            let writing = try await backend.probeWriting()
            #expect(writing.contains("created and moved to the trash: box://0/uploadfs-check-"))
            let listing = try await service.json("2.0/folders/0/items")
            #expect((listing["entries"] as? [Any])?.isEmpty == true)
        }
    }
}

extension BoxTestService {
    func removeFolder(_ path: String) async throws {
        let id = try #require(try await item(ObjectKey(path))?["id"] as? String)
        let removal = HTTPRequest(
            .DELETE, "\(server.url)/box/2.0/folders/\(id)?recursive=true", headers: ["Authorization": "Bearer test-token"])
        #expect(try await base.reader.send(removal).status == .noContent)
    }

    func expect(_ upload: ConformanceUpload, arrivedWith answer: RemoteObject) async throws {
        #expect(answer.size == upload.pattern.size && answer.digest == upload.digest)
        #expect(try await content(of: upload.object.key) == upload.pattern.all)
    }
}
