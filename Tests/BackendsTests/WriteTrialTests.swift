import Credentials
import HTTPTransport
import NIOConcurrencyHelpers
import Testing
import UploadCore
import UploadTestServer
import UploadTesting

@testable import Backends

/// What `check` leaves behind where responses are lost: nothing.
@Suite(.timeLimit(.minutes(20))) struct WriteTrialTests {
    /// Runs the trial against the test server while the response to the upload, and the first one to the removal, are lost.
    private func tryOut(
        _ server: TestServer, upload: RequestKind, removal: RequestKind, _ backend: some DestinationProbing
    ) async throws -> [String: Int] {
        server.faults.set([
            Fault(upload, action: FaultAction(loseResponse: true)), Fault(removal, action: FaultAction(status: 503)),
            Fault(removal, action: FaultAction(loseResponse: true)),
        ])
        let said = try await backend.probeWriting()
        #expect(said.hasPrefix("an empty "))
        return server.counters.snapshot().requestsByKind
    }

    @Test func cloudStorageIsLeftEmpty() async throws {
        try await TestServerService.run { service in
            let backend = GoogleStorageBackend(destination: service.destination, transport: service.transport, tokens: StaticToken("test-token"))
            let requests = try await tryOut(service.server, upload: .multipart, removal: .delete, backend)
            #expect(requests["multipart"] == 1 && requests["delete"] == 3)
            #expect(try await names(service) == 0)
        }
    }

    @Test func driveIsLeftEmpty() async throws {
        try await DriveTestService.run { service in
            let requests = try await tryOut(service.server, upload: .multipart, removal: .delete, service.drive())
            #expect(requests["multipart"] == 1 && requests["delete"] == 3)
            let left = try await service.drive().client.names(in: try #require(try await service.drive().folders.find(["base"])), namesMax: 10)
            #expect(left == [])
        }
    }

    @Test func boxIsLeftEmpty() async throws {
        try await BoxTestService.run { service in
            let requests = try await tryOut(service.server, upload: .multipart, removal: .delete, service.box(""))
            #expect(requests["multipart"] == 1 && requests["delete"] == 3)
            let listing = try await service.json("2.0/folders/0/items")
            #expect((listing["entries"] as? [Any])?.isEmpty == true)
        }
    }

    @Test func obsIsLeftEmpty() async throws {
        try await HuaweiOBSTestService.run { service in
            let requests = try await tryOut(service.base.server, upload: .media, removal: .delete, service.obs())
            // OBS looks before it removes: the removal whose response was lost is not repeated.
            #expect(requests["media"] == 1 && requests["delete"] == 2)
        }
    }

    private func names(_ service: TestServerService) async throws -> Int {
        let answer = try await service.reader.send(HTTPRequest(.GET, "\(service.server.url)/storage/v1/b/demo/o"))
        return String(buffer: answer.body).split(separator: "uploadfs-check-", omittingEmptySubsequences: false).count - 1
    }

    // MARK: What is said where it cannot be removed

    private let lost = UploadError(.connectionLost, "the connection was lost")
    private let object = RemoteObject(id: nil, version: "1", etag: nil, size: 0, digest: nil)

    private func trial(
        put: UploadError?, find: Result<RemoteObject?, UploadError> = .success(nil), remove: UploadError? = nil, removals: NIOLockedValueBox<Int>
    ) -> WriteTrial {
        WriteTrial(url: "gs://b/probe", pauses: [.zero, .zero, .zero]) { [object] () throws(UploadError) in
            if let put { throw put }
            return object
        } find: { () throws(UploadError) in
            try find.get()
        } remove: { _ throws(UploadError) in
            removals.withLockedValue { $0 += 1 }
            if let remove { throw remove }
        }
    }

    @Test func aClearRefusalIsNotLookedInto() async {
        let removals = NIOLockedValueBox(0)
        let refused = UploadError(.forbidden, "no permission")
        await #expect(throws: refused) { try await trial(put: refused, find: .success(object), removals: removals).run() }
        #expect(removals.withLockedValue { $0 } == 0)
    }

    @Test func aLostRequestThatMadeNothingIsReportedAsItIs() async {
        await #expect(throws: lost) { try await trial(put: lost, removals: NIOLockedValueBox(0)).run() }
    }

    @Test func whatMayBeLeftIsNamed() async {
        let error = await #expect(throws: UploadError.self) {
            try await trial(put: lost, find: .failure(lost), removals: NIOLockedValueBox(0)).run()
        }
        #expect(error?.sentence == "the connection was lost; an empty object may have been left behind: gs://b/probe")
    }

    @Test(arguments: [(UploadError.Code.serverBusy, 3), (.forbidden, 1)])
    func whatIsLeftIsNamed(_ code: UploadError.Code, _ attempts: Int) async {
        let removals = NIOLockedValueBox(0)
        let error = await #expect(throws: UploadError.self) {
            try await trial(put: nil, remove: UploadError(code, "refused"), removals: removals).run()
        }
        #expect(error?.code == code && removals.withLockedValue { $0 } == attempts)
        #expect(error?.sentence == "an empty object was created and must be removed manually: gs://b/probe; removing it failed: refused")
    }
}
