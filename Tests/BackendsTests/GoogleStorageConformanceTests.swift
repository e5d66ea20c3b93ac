import Backends
import Credentials
import HTTPTransport
import Testing
import UploadCore
import UploadTestServer
import UploadTesting

@Suite struct GoogleStorageConformanceTests {
    @Test(.timeLimit(.minutes(20)), arguments: BackendConformance.inOrder)
    func conforms(_ check: BackendConformance.Check) async throws {
        try await TestServerService.run { service in
            try await check.run(on: service)
        }
    }

    @Test func aMissingBucketIsNamed() async throws {
        try await TestServerService.run { service in
            let missing = GoogleStorageBackend(
                destination: GoogleStorageDestination(bucket: "nobodys", prefix: "", endpoint: service.server.url),
                transport: service.transport, tokens: AnonymousTokens())
            let pattern = BytePattern(size: 10)
            let object = ObjectDescription(key: ObjectKey("a"), size: 10, contentType: "text/plain")
            let expected = UploadError(.noSuchBucket, "the bucket nobodys does not exist")
            await #expect(throws: expected) { try await missing.put(object, body: pattern.body, digest: pattern.digest, bodyDigest: nil) }
            await #expect(throws: expected) { try await missing.begin(object) }
        }
    }

    @Test func aTokenThatIsNotAcceptedEndsAsUnauthenticated() async throws {
        try await TestServerService.run { service in
            let backend = GoogleStorageBackend(
                destination: service.destination, transport: service.transport, tokens: StaticToken("another-token"))
            let error = await #expect(throws: UploadError.self) { try await backend.find(ObjectKey("a")) }
            #expect(error?.code == .unauthenticated)
            #expect(error?.sentence.contains("another-token") == false)
        }
    }

    @Test func smallObjectsTakeOneRequestEachOverKeptConnections() async throws {
        try await TestServerService.run { service in
            let backend = service.backend()
            for index in 0..<50 {
                let pattern = BytePattern(size: 4096, seed: UInt64(index))
                let object = ObjectDescription(key: ObjectKey("small/\(index)"), size: 4096, contentType: "text/plain")
                _ = try await backend.put(object, body: pattern.body, digest: pattern.digest, bodyDigest: nil)
            }
            let counters = service.server.counters.snapshot()
            #expect(counters.requests == 50)
            #expect(counters.connections == 1)
            #expect(counters.bodyBytes == 50 * 4096)
        }
    }
}
