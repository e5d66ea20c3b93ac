import Credentials
import Foundation
import HTTPTransport
import NIOConcurrencyHelpers
import NIOHTTP1
import Testing
import UploadCore
import UploadTestServer
import UploadTesting

@testable import Backends

@Suite struct HuaweiOBSFaultTests {
    private let faults = ObjectXMLFaults(bucket: "bkt")

    private func error(_ status: Int, _ code: String? = nil, headers: HTTPHeaders = [:]) -> UploadError {
        let text = code.map { "<?xml version=\"1.0\"?><Error><Code>\($0)</Code><Message>Words.</Message></Error>" } ?? ""
        return faults.classify(HTTPResponse(HTTPResponseStatus(statusCode: status), headers: headers, text: text))
    }

    @Test(
        arguments: [
            (408, nil, .timedOut), (400, "RequestTimeout", .timedOut), (429, nil, .serverBusy), (503, "SlowDown", .serverBusy),
            (409, "OperationAborted", .serverBusy), (500, nil, .serverFault), (504, nil, .serverFault), (200, "InternalError", .serverFault),
            (400, "InvalidPart", .serverFault), (400, "InvalidPartOrder", .serverFault), (401, nil, .unauthenticated),
            (403, "InvalidAccessKeyId", .unauthenticated), (403, "SignatureDoesNotMatch", .unauthenticated),
            (403, "RequestTimeTooSkewed", .unauthenticated), (403, "InsufficientStorageSpace", .quotaExceeded),
            (403, "InArrearOrInsufficientBalance", .quotaExceeded), (507, nil, .quotaExceeded), (403, "AccessDenied", .forbidden),
            (404, "NoSuchUpload", .sessionGone), (404, "NoSuchBucket", .noSuchBucket), (404, "NoSuchKey", .rejected),
            (400, "BadDigest", .digestMismatch), (400, "InvalidDigest", .digestMismatch), (412, "PreconditionFailed", .conflict),
            (413, nil, .tooLarge), (400, "EntityTooLarge", .tooLarge), (400, "InvalidArgument", .rejected), (307, nil, .rejected),
            (204, nil, .invalidResponse),
        ] as [(Int, String?, UploadError.Code)])
    func eachRefusalHasItsMeaning(_ status: Int, _ code: String?, _ meaning: UploadError.Code) {
        #expect(error(status, code).code == meaning)
    }

    @Test func retryAfterIsHandedOn() {
        #expect(error(503, headers: ["Retry-After": "9"]).retryAfter == .seconds(9))
        #expect(error(403, "AccessDenied", headers: ["Retry-After": "9"]).retryAfter == nil)
    }

    @Test func anotherEndpointIsNamed() {
        let text = "<Error><Code>TemporaryRedirect</Code><Endpoint>bkt.obs.other.myhuaweicloud.com</Endpoint></Error>"
        #expect(faults.classify(HTTPResponse(.temporaryRedirect, text: text)).sentence.contains("bkt.obs.other.myhuaweicloud.com"))
        #expect(error(301, headers: ["Location": "https://elsewhere.example/x?y=z"]).sentence.contains("elsewhere.example;"))
    }

    /// The service's message on a signature may repeat what was signed, a security token included.
    @Test func nothingOfASignatureIsShown() {
        let text = "<Error><Code>SignatureDoesNotMatch</Code><Message>PUT x-obs-security-token:SECRET</Message></Error>"
        #expect(!faults.classify(HTTPResponse(.forbidden, text: text)).sentence.contains("SECRET"))
    }
}

/// What `OBSTransport` does about keys and clocks, against the test server.
@Suite struct HuaweiOBSCredentialTests {
    @Test func aClockThatIsWrongIsTakenIntoAccount() async throws {
        try await HuaweiOBSTestService.run { service in
            let backend = service.obs(now: { Date().addingTimeInterval(-3 * 86_400) })
            let found = try await backend.find(ObjectKey("nothing"))
            #expect(found == nil)
            let requests = service.base.server.counters.snapshot().requests
            _ = try await backend.find(ObjectKey("nothing"))
            // The second request is dated right at once.
            #expect(service.base.server.counters.snapshot().requests == requests + 1)
        }
    }

    @Test func aStreamThatIsRefusedForItsDateComesAgain() async throws {
        try await HuaweiOBSTestService.run { service in
            let backend = service.obs(now: { Date().addingTimeInterval(86_400) })
            var upload = try ConformanceUpload(backend, key: "skewed", size: 100_000, chunk: 100_000)
            let error = await #expect(throws: UploadError.self) { try await upload.put() }
            #expect(error?.disposition == .transient)
            #expect(try await upload.put().size == 100_000)
        }
    }

    @Test func aSmallBodyThatIsRefusedForItsDateIsSentAgainAtOnce() async throws {
        try await HuaweiOBSTestService.run { service in
            let backend = service.obs(now: { Date().addingTimeInterval(86_400) })
            var upload = try ConformanceUpload(backend, key: "skewed", size: 100, chunk: 100_000)
            #expect(try await upload.put().size == 100)
        }
    }

    @Test func keysOfTheMetadataServiceAreRenewed() async throws {
        try await HuaweiOBSTestService.run { service in
            service.base.server.faults.set([Fault(.token, action: FaultAction(expiresIn: 0))])
            let grant = HuaweiMetadataGrant(endpoint: service.base.server.url, transport: service.base.transport)
            let backend = HuaweiOBSBackend(
                destination: service.destination, transport: service.base.transport, keys: TokenCache(grant, clock: ContinuousClock()))
            // The first key has expired when it arrives.
            var upload = try ConformanceUpload(backend, key: "renewed", size: 300_000, chunk: 102_400)
            #expect(try await upload.finish().size == 300_000)
            #expect(service.base.server.counters.snapshot().requestsByKind["token"] == 2)
        }
    }

    @Test func aWrongSecretEndsAsUnauthenticated() async throws {
        try await HuaweiOBSTestService.run { service in
            let wrong = HuaweiOBSBackend(
                destination: service.destination, transport: service.base.transport,
                keys: StaticToken(AccessKey(id: "TESTKEY", secret: "another").token))
            let pattern = BytePattern(size: 5)
            let object = ObjectDescription(key: ObjectKey("a"), size: 5, contentType: "text/plain")
            let error = await #expect(throws: UploadError.self) {
                try await wrong.put(object, body: pattern.body, digest: pattern.digest(.crc64), bodyDigest: pattern.digest(.md5))
            }
            #expect(error?.code == .unauthenticated)
            #expect(error?.sentence.contains("another") == false)
        }
    }

    @Test func aMissingBucketIsNamed() async throws {
        try await HuaweiOBSTestService.run { service in
            let missing = HuaweiOBSBackend(
                destination: OBSDestination(bucket: "nobodys", prefix: "", endpoint: service.base.server.url, isPathStyle: true),
                transport: service.base.transport, keys: StaticToken(TestKeyGrant.key.token))
            let expected = UploadError(.noSuchBucket, "the bucket nobodys does not exist")
            let object = ObjectDescription(key: ObjectKey("a"), size: 10, contentType: "text/plain")
            await #expect(throws: expected) { try await missing.begin(object) }
            await #expect(throws: expected) { try await missing.probeAccess() }
        }
    }

    @Test func checkTriesTheDestinationOut() async throws {
        try await HuaweiOBSTestService.run { service in
            let (access, writing) = (try await service.obs().probeAccess(), try await service.obs().probeWriting())
            #expect(access == "the bucket demo exists")
            #expect(writing.contains("created and removed"))
            #expect(service.base.server.counters.snapshot().openSessions == 0)
        }
    }
}
