import Foundation
import HTTPTransport
import NIOHTTP1
import Testing
import UploadCore
import UploadTestServer

@testable import Backends
@testable import UploadTesting

@Suite struct DriveConformanceTests {
    @Test(.timeLimit(.minutes(20)), arguments: BackendConformance.inOrder)
    func conforms(_ check: BackendConformance.Check) async throws {
        try await DriveTestService.run { try await check.run(on: $0) }
    }

    @Test(.timeLimit(.minutes(20)), arguments: BackendConformance.inOrder)
    func conformsInASharedDrive(_ check: BackendConformance.Check) async throws {
        try await DriveTestService.run { service in
            var service = service
            let request = HTTPRequest(
                .POST, "\(service.server.url)/drive/v3/drives?requestId=1", headers: ["Authorization": "Bearer test-token"],
                body: .bytes(.init(string: #"{"name": "shared"}"#)))
            service.folder = try DriveFile(try await service.base.transport.send(request)).id
            try await check.run(on: service)
        }
    }
}

/// What Drive's own ways ask of its backend.
@Suite struct DriveBackendTests {
    @Test func smallFilesTakeOneRequestEach() async throws {
        try await DriveTestService.run { service in
            // The clock stands still: on a busy machine the files take longer than a listing is believed.
            let clock = SettableDate()
            let backend = service.drive(now: { clock.now })
            let files = 200
            try await withThrowingTaskGroup(of: Void.self) { lanes in
                for lane in 0..<4 {
                    lanes.addTask {
                        for index in stride(from: lane, to: files, by: 4) { try await create("dir/below/\(index)", with: backend, size: 4096) }
                    }
                }
                try await lanes.waitForAll()
            }
            #expect(service.counted(.multipart) == files)
            #expect(service.counted(.folder) == 3, "base, dir and below, each once")
            #expect(service.counted(.reserve) == 1)
            #expect(service.counted(.list) == 3)
            #expect(service.server.counters.snapshot().requests <= files + 8)
        }
    }

    @Test func aRequestWhoseResponseWasLostMakesOneFile() async throws {
        try await DriveTestService.run { service in
            var upload = try ConformanceUpload(service.drive(), key: "once", size: 100, chunk: 1, precondition: .absent)
            service.inject([ServiceFault(.put, .loseResponse)])
            await #expect(throws: UploadError.self) { try await upload.put() }
            let again = try await upload.put()
            #expect(again.digest == upload.digest && again.id == upload.object.reservation)
            #expect(try await service.files(named: "once").count == 1)
        }
    }

    @Test func anIDWithAnotherContentIsAConflict() async throws {
        try await DriveTestService.run { service in
            let backend = service.drive()
            var upload = try ConformanceUpload(backend, key: "first", size: 100, chunk: 1, precondition: .absent)
            _ = try await upload.put()
            var other = upload.object
            other.key = ObjectKey("base/second")
            let error = await #expect(throws: UploadError.self) {
                try await backend.put(other, body: BytePattern(size: 100, seed: 5).body, digest: upload.pattern.digest(.md5), bodyDigest: nil)
            }
            #expect(error?.code == .conflict)
        }
    }

    @Test func newContentKeepsTheID() async throws {
        try await DriveTestService.run { service in
            let backend = service.drive()
            let first = try await create("file", with: backend, size: 10)
            for size in [20, 6 << 20] as [Int64] {
                let found = try #require(try await backend.find(ObjectKey("base/file")))
                var upload = try ConformanceUpload(
                    backend, key: "file", size: size, chunk: 4 << 20, precondition: .version(try #require(found.version)))
                let second = size < 100 ? try await upload.put() : try await upload.finish()
                #expect(second.id == first.id && second.version != found.version)
            }
            #expect(try await service.files(named: "file").count == 1)
        }
    }

    @Test func theNewestOfSeveralFilesWithOneNameIsTheOne() async throws {
        try await DriveTestService.run { service in
            let (one, other) = (service.drive(), service.drive())
            for backend in [one, other] { #expect(try await backend.find(ObjectKey("base/other")) == nil) }
            _ = try await create("other", with: one, size: 0)
            // Both have listed the folder, and do not know of each other.
            _ = try await create("warm", with: other, size: 0)
            try await create("twice", with: one, size: 1)
            try await create("twice", with: other, size: 2)
            #expect(try await service.files(named: "twice").count == 2)
            #expect(try await one.find(ObjectKey("base/twice"))?.size == 2)
        }
    }

    @Test func aListingIsBelievedForAMinute() async throws {
        try await DriveTestService.run { service in
            let clock = SettableDate()
            let backend = service.drive(now: { clock.now })
            try await create("a", with: backend, size: 0)
            try await create("theirs", with: service.drive(), size: 0)
            clock.advance(by: DriveFolders.listingLifeSeconds + 1)
            var upload = try ConformanceUpload(backend, key: "theirs", size: 5, chunk: 1, precondition: .absent)
            let error = await #expect(throws: UploadError.self) { try await upload.put() }
            #expect(error?.code == .conflict)
        }
    }

    @Test(arguments: ["dir/b", "dir/below/b"])
    func aFolderThatIsGoneIsMadeAgain(_ name: String) async throws {
        try await DriveTestService.run { service in
            let backend = service.drive()
            try await create("dir/a", with: backend, size: 1)
            try await service.send(.DELETE, try await service.files(named: "dir").first)
            var upload = try ConformanceUpload(backend, key: name, size: 1, chunk: 1, precondition: .absent)
            let error = await #expect(throws: UploadError.self) { try await upload.put() }
            #expect(error?.disposition == .transient)
            _ = try await upload.put()
            #expect(try await backend.find(ObjectKey("base/\(name)"))?.size == 1)
        }
    }

    @Test func aFileThatLandsInTheTrashIsTakenOut() async throws {
        try await DriveTestService.run { service in
            let backend = service.drive()
            try await create("dir/a", with: backend, size: 1)
            try await service.send(.PATCH, try await service.files(named: "dir").first, #"{"trashed": true}"#)
            try await create("dir/b", with: backend, size: 7)
            #expect(try await service.drive().find(ObjectKey("base/dir/b"))?.size == 7)
            #expect(try await service.drive().find(ObjectKey("base/dir/a")) == nil)
        }
    }

    @Test func uploadsPauseWhenTheDayIsUsedUp() async throws {
        try await DriveTestService.run { service in
            let clock = SettableDate()
            let backend = service.drive(now: { clock.now })
            service.server.faults.set([Fault(.begin, times: nil, action: FaultAction(status: 403, reason: "userRateLimitExceeded"))])
            var upload = try ConformanceUpload(backend, key: "a", size: 1, chunk: 1, precondition: .absent)
            await fails(.serverBusy) { try await upload.begin() }
            clock.advance(by: DriveUploadCap.patienceSeconds)
            let error = await fails(.quotaExceeded) { try await upload.begin() }
            #expect(error?.retryAfter == .seconds(DriveUploadCap.pauseSeconds))
            clock.advance(by: 600)
            let asked = service.counted(.begin)
            let later = await fails(.quotaExceeded) { try await upload.begin() }
            #expect(service.counted(.begin) == asked, "nobody asks during the pause")
            #expect(later?.retryAfter == .seconds(DriveUploadCap.pauseSeconds - 600))
            clock.advance(by: DriveUploadCap.pauseSeconds)
            await fails(.quotaExceeded) { try await upload.begin() }
            #expect(service.counted(.begin) == asked + 1)
            service.server.faults.clear()
            clock.advance(by: DriveUploadCap.pauseSeconds)
            #expect(try await upload.finish().size == 1)
            service.inject([ServiceFault(.begin, .status(403, reason: "userRateLimitExceeded"))])
            var next = try ConformanceUpload(backend, key: "b", size: 1, chunk: 1, precondition: .absent)
            await fails(.serverBusy) { try await next.begin() }
        }
    }

    @Test func aDailyLimitThatIsNamedPausesUploadsAtOnce() async throws {
        try await DriveTestService.run { service in
            let backend = service.drive()
            service.inject([ServiceFault(.put, .status(403, reason: "dailyLimitExceeded"))])
            for _ in 1...2 {
                var upload = try ConformanceUpload(backend, key: "a", size: 1, chunk: 1, precondition: .absent)
                await fails(.quotaExceeded) { _ = try await upload.put() }
            }
            #expect(service.counted(.multipart) == 1)
        }
    }

    /// Hours may go by between the beginning and the end of a session.
    @Test func aFileThatIsChangedDuringAnUploadIsNotOverwritten() async throws {
        try await DriveTestService.run { service in
            let backend = service.drive()
            let first = try await create("file", with: backend, size: 10)
            var ours = try ConformanceUpload(
                backend, key: "file", size: 1 << 20, chunk: 512 << 10, precondition: .version(try #require(first.version)))
            try await ours.begin()
            _ = try await ours.sendNext()
            var theirs = try ConformanceUpload(
                service.drive(), key: "file", size: 30, chunk: 1, precondition: .version(try #require(first.version)))
            let second = try await theirs.put()
            await fails(.conflict) { _ = try await ours.finish() }
            #expect(try await backend.find(ObjectKey("base/file"))?.version == second.version)
        }
    }

    @discardableResult
    private func fails(_ code: UploadError.Code, _ body: () async throws -> Void) async -> UploadError? {
        let error = await #expect(throws: UploadError.self) { try await body() }
        #expect(error?.code == code, "\(String(describing: error))")
        return error
    }

    @Test func removalIsToTheTrash() async throws {
        try await DriveTestService.run { service in
            let made = try await create("a", with: service.drive(), size: 1)
            try await service.drive().remove(ObjectKey("base/a"), version: made.version)
            let file = try await service.send(.GET, made.id)
            #expect(file.trashed == true)
        }
    }

    @Test func aFileThatWasMovedAwayIsNotRemovedUnderItsOldName() async throws {
        try await DriveTestService.run { service in
            let backend = service.drive()
            let made = try await create("a", with: backend, size: 1)
            _ = try await backend.move(ObjectKey("base/a"), version: made.version, to: ObjectKey("base/dir/b"))
            try await backend.remove(ObjectKey("base/a"), version: made.version)
            #expect(try await service.drive().find(ObjectKey("base/dir/b"))?.id == made.id)
        }
    }

    @Test func timeAndMetadataArrive() async throws {
        try await DriveTestService.run { service in
            let backend = service.drive()
            var upload = try ConformanceUpload(backend, key: "a", size: 1, chunk: 1)
            _ = try await upload.put()
            let answer = try await service.base.transport.send(
                HTTPRequest(
                    .GET, "\(service.server.url)/drive/v3/files/\(upload.object.reservation ?? "")?fields=modifiedTime,mimeType",
                    headers: ["Authorization": "Bearer test-token"]))
            #expect(String(buffer: answer.body).contains("2023-11-14T22:13:20.000Z"))
            var object = upload.object
            object.metadata = ["key": String(repeating: "x", count: 122)]
            let error = await #expect(throws: UploadError.self) { try await backend.begin(object) }
            #expect(error?.code == .rejected)
        }
    }

    @Test func aMissingFolderIsNamed() async throws {
        try await DriveTestService.run { service in
            var service = service
            service.folder = "nobodys"
            let backend = service.drive()
            let error = await #expect(throws: UploadError.self) { try await create("a", with: backend, size: 1) }
            #expect(error?.code == .noSuchBucket && error?.sentence.contains("nobodys") == true)
            await #expect(throws: UploadError.self) { try await backend.probeAccess() }
        }
    }

    @Test func aDestinationCanBeTriedOut() async throws {
        try await DriveTestService.run { service in
            let backend = service.drive()
            let (access, writing) = (try await backend.probeAccess(), try await backend.probeWriting())
            #expect(access == "the folder My Drive exists")
            #expect(writing.hasPrefix("an empty file was created and removed: gdrive://root/base/"))
            #expect(try await service.files(named: "base").count == 1)
        }
    }

    @discardableResult
    private func create(_ name: String, with backend: DriveBackend, size: Int64) async throws -> RemoteObject {
        var upload = try ConformanceUpload(backend, key: name, size: size, chunk: 1, precondition: .absent)
        return try await upload.put()
    }
}

extension DriveTestService {
    /// The ids of all files and folders of a name, as another client sees them.
    fileprivate func files(named name: String) async throws -> [String] {
        let query = PercentEncoding.query([("q", "name = '\(name)' and trashed = false")])
        let answer = try await base.transport.send(
            HTTPRequest(.GET, "\(server.url)/drive/v3/files?\(query)", headers: ["Authorization": "Bearer test-token"]))
        return try DriveJSON.read(DriveJSON.List.self, answer).files.map(\.id)
    }

    @discardableResult
    fileprivate func send(_ method: HTTPMethod, _ id: String?, _ json: String = "") async throws -> DriveFile {
        let answer = try await base.transport.send(
            HTTPRequest(
                method, "\(server.url)/drive/v3/files/\(id ?? "")?fields=id,trashed", headers: ["Authorization": "Bearer test-token"],
                body: json.isEmpty ? .none : .bytes(.init(string: json))))
        return method == .DELETE ? try DriveFile(HTTPResponse(.ok, text: #"{"id": ""}"#)) : try DriveFile(answer)
    }
}
