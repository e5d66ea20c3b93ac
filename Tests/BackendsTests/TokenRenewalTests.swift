import Backends
import Credentials
import Foundation
import HTTPTransport
import Testing
import UploadCore
import UploadTestServer
import UploadTesting

/// Tokens from a token endpoint that is really asked, in uploads that are really made.
@Suite(.timeLimit(.minutes(20))) struct TokenRenewalTests {
    private func upload(_ service: TestServerService, with tokens: any TokenSource, key: String) async throws {
        let backend = GoogleStorageBackend(destination: service.destination, transport: service.transport, tokens: tokens)
        var upload = try ConformanceUpload(backend, key: key, size: 3 * (256 << 10) + 1, chunk: 256 << 10)
        let object = try await upload.finish()
        #expect(object.digest == upload.pattern.digest)
    }

    @Test func aTokenOfTheMetadataServerLastsForAnUpload() async throws {
        try await TestServerService.run { service in
            let tokens = try GoogleCredentials.discover(
                file: nil, environment: ["GCE_METADATA_HOST": "127.0.0.1:\(service.server.port)"],
                endpoint: "https://storage.googleapis.com", transport: service.transport)
            try await upload(service, with: tokens, key: "metadata")
            #expect(service.server.counters.snapshot().requestsByKind["token"] == 1)
        }
    }

    @Test func tokensThatExpireInTheMiddleOfAnUploadAreRenewed() async throws {
        try await TestServerService.run { service in
            let path = FileManager.default.temporaryDirectory.appendingPathComponent("user-\(UUID().uuidString).json").path
            let file =
                #"{"type":"authorized_user","client_id":"i","client_secret":"s","refresh_token":"r","token_uri":"\#(service.server.url)/oauth2/token"}"#
            #expect(FileManager.default.createFile(atPath: path, contents: Data(file.utf8), attributes: [.posixPermissions: 0o600]))
            defer { try? FileManager.default.removeItem(atPath: path) }
            let tokens = try GoogleCredentials.discover(
                file: path, environment: [:], endpoint: service.server.url, transport: service.transport)
            // Tokens without any life: each request needs its own.
            service.server.faults.set([Fault(.token, times: nil, action: FaultAction(expiresIn: 0))])
            try await upload(service, with: tokens, key: "renewed")
            let requests = service.server.counters.snapshot().requestsByKind
            #expect(requests["token"] == 5)
            #expect(requests["begin"] == 1 && requests["part"] == 4)
        }
    }

    @Test func aTokenThatTheServiceDoesNotTakeIsReplacedByOneThatItDoes() async throws {
        try await TestServerService.run { service in
            let tokens = try GoogleCredentials.discover(
                file: nil, environment: ["GCE_METADATA_HOST": "127.0.0.1:\(service.server.port)"],
                endpoint: "https://storage.googleapis.com", transport: service.transport)
            service.server.faults.set([Fault(.token, action: FaultAction(accessToken: "withdrawn"))])
            try await upload(service, with: tokens, key: "replaced")
            #expect(service.server.counters.snapshot().requestsByKind["token"] == 2)
        }
    }
}
