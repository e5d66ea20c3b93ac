import Credentials
import Foundation
import HTTPTransport
import NIOHTTP1
import Testing
import UploadCore
import UploadTestServer
import UploadTesting

@testable import Backends

/// Cloud Storage with parallel parts as the test server speaks it, for the conformance suite.
struct ParallelStorageTestService: ConformanceService {
    let base: TestServerService

    /// Less than the service's 5 MiB, so that the suite does not move gigabytes.
    static let partSizeMin: Int64 = 64 << 10

    static func run<Result>(
        options: GoogleStorageOptions = .none, _ body: (ParallelStorageTestService) async throws -> Result
    ) async throws -> Result {
        try await TestServerService.run(options: options, googlePartSizeMin: partSizeMin) { try await body(ParallelStorageTestService(base: $0)) }
    }

    func backend() -> any UploadBackend { parallel() }

    func parallel() -> ParallelGoogleStorageBackend {
        ParallelGoogleStorageBackend(
            GoogleStorageBackend(
                destination: base.destination, options: base.options, transport: base.transport,
                tokens: TokenCache(TestTokenGrant(), clock: ContinuousClock())),
            partSizeMin: Self.partSizeMin)
    }

    var traits: ServiceTraits {
        var traits = ServiceTraits(refusals: [
            (403, "AccessDenied", .forbidden), (400, "InvalidArgument", .rejected), (413, nil, .tooLarge), (412, nil, .conflict),
            (404, "NoSuchBucket", .noSuchBucket),
        ])
        traits.lossStatuses = [404]
        // The engine looks for the object then.
        traits.remembersSessions = false
        // A completion names no digest of the whole.
        traits.checksDigest = false
        return traits
    }

    func inject(_ faults: [ServiceFault]) {
        base.server.faults.set(
            faults.map { fault in
                // A digest comes with the look at the object that follows a commit.
                let isLook = fault.effect == .wrongDigest && fault.moment == .commit
                return Fault(isLook ? .get : fault.xmlKind, skip: fault.skip, action: fault.action)
            })
    }

    func content(of key: ObjectKey) async throws -> [UInt8]? { try await base.content(of: key) }
    var openSessions: Int { base.openSessions }
    func resentBytes(of key: ObjectKey) -> Int64 { base.resentBytes(of: key) }
}

extension ServiceFault {
    fileprivate var xmlKind: RequestKind {
        switch moment {
        case .put: .multipart
        case .begin: .begin
        case .part: .part
        case .probe: .probe
        case .commit: .commit
        case .find: .get
        case .move: .rewrite
        case .remove: .delete
        }
    }
}

@Suite struct GoogleStorageParallelTests {
    @Test(.timeLimit(.minutes(10)), arguments: BackendConformance.numbered)
    func conforms(_ check: BackendConformance.Check) async throws {
        try await ParallelStorageTestService.run { try await check.run(on: $0) }
    }

    @Test(.timeLimit(.minutes(10)), arguments: BackendConformance.numbered)
    func conformsWithAKeyOfTheClientsOwn(_ check: BackendConformance.Check) async throws {
        let key = try #require(CustomerKey(bytes: Array(0..<32)))
        let options = try GoogleStorageOptions(storageClass: "NEARLINE", encryptionKey: key)
        try await ParallelStorageTestService.run(options: options) { try await check.run(on: $0) }
    }

    @Test(.timeLimit(.minutes(10)), arguments: BackendConformance.numbered)
    func conformsWithAKeyOfTheServices(_ check: BackendConformance.Check) async throws {
        let options = try GoogleStorageOptions(kmsKey: "projects/p/locations/l/keyRings/r/cryptoKeys/k")
        try await ParallelStorageTestService.run(options: options) { try await check.run(on: $0) }
    }

    /// A mount that was made without parallel parts left an upload behind.
    @Test func aResumableUploadIsContinued() async throws {
        try await ParallelStorageTestService.run { service in
            let pattern = BytePattern(size: 600_000)
            let object = ObjectDescription(key: ObjectKey("base/old"), size: 600_000, contentType: "text/plain")
            let old = service.base.backend()
            let session = try await old.begin(object)
            let backend = service.parallel()
            let first = Part(offset: 0, length: 524_288, isLast: false)
            let sent = try await backend.send(first, of: object, in: session, body: pattern.body(0..<524_288), digest: nil)
            let probed = try await backend.probe(session, of: object)
            #expect(sent == .confirmed(524_288) && probed == sent)
            try await backend.abort(session)
            let error = await #expect(throws: UploadError.self) { try await backend.probe(session, of: object) }
            #expect(error?.code == .sessionGone)
        }
    }

    /// The other way round: the upload in parts of an earlier mount is continued and dropped without new ones being of its kind.
    @Test func aMultipartUploadIsContinued() async throws {
        try await ParallelStorageTestService.run { service in
            let pattern = BytePattern(size: 100)
            let object = ObjectDescription(key: ObjectKey("base/parts"), size: 100, contentType: "text/plain")
            var session = try await service.parallel().begin(object)
            session.partSize = 100
            let json = GoogleStorageBackend(
                destination: service.base.destination, transport: service.base.transport, tokens: AnonymousTokens())
            let backend = ParallelGoogleStorageBackend(json, isParallel: false)
            let part = Part(number: 1, offset: 0, length: 100, isLast: true)
            _ = try await backend.send(part, of: object, in: session, body: pattern.body, digest: nil)
            guard case .parts(let receipts) = try await backend.probe(session, of: object) else {
                Issue.record("no parts")
                return
            }
            #expect(receipts.map(\.length) == [100])
            try await backend.abort(session)
            #expect(service.base.server.counters.snapshot().openSessions == 0)
            let next = try await backend.begin(object)
            #expect(next.handle.hasPrefix("http") && backend.capabilities.parts == .inOrder)
        }
    }

    @Test func whatBeginsAnUploadSaysWhatTheObjectIs() async throws {
        let transport = RecordingTransport(
            responses: HTTPResponse(.ok, text: "<InitiateMultipartUploadResult><UploadId>U/1</UploadId></InitiateMultipartUploadResult>"))
        let options = try GoogleStorageOptions(storageClass: "NEARLINE", cacheControl: "no-cache", predefinedACL: "bucketOwnerFullControl")
        let destination = GoogleStorageDestination(bucket: "bkt", prefix: "", endpoint: "https://storage.example")
        let backend = ParallelGoogleStorageBackend(
            GoogleStorageBackend(destination: destination, options: options, transport: transport, tokens: StaticToken("t")))
        var object = ObjectDescription(key: ObjectKey("a b/c"), size: 1, contentType: "text/plain", metadata: ["colour": "blue"])
        var session = try await backend.begin(object)
        session.partSize = 5 << 20
        let sent = try #require(transport.sent.first)
        #expect(sent.method == .POST && sent.url == "https://storage.example/bkt/a%20b/c?uploads")
        let expected = [
            "x-goog-storage-class": "NEARLINE", "Cache-Control": "no-cache", "x-goog-acl": "bucket-owner-full-control",
            "x-goog-meta-colour": "blue", "Content-Type": "text/plain", "Authorization": "Bearer t",
        ]
        for (name, value) in expected { #expect(sent.headers[name] == [value], "\(name)") }
        _ = try? await backend.probe(session, of: object)
        #expect(transport.sent.last?.url.contains("uploadId=U%2F1&max-parts=1000") == true)
        object.metadata = ["colour": "blüe"]
        let error = await #expect(throws: UploadError.self) { try await backend.begin(object) }
        #expect(error?.code == .rejected)
    }
}
