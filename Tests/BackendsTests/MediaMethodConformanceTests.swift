import Credentials
import Foundation
import HTTPTransport
import NIOCore
import NIOHTTP1
import Testing
import UploadCore
import UploadTestServer
import UploadTesting

@testable import Backends

/// The farm of the test server, for the conformance suite.
struct FarmService: ConformanceService {
    let base: TestServerService
    var form = MediaMethodOptions.Form.auto

    /// Starts a server for as long as `body` runs.
    static func run<Result>(_ body: (FarmService) async throws -> Result) async throws -> Result {
        try await TestServerService.run { try await body(FarmService(base: $0)) }
    }

    func backend() -> any UploadBackend {
        do {
            return try farm(try options())
        } catch {
            fatalError("the test's own options are refused: \(error)")
        }
    }

    func farm(_ options: MediaMethodOptions) throws -> MediaMethodBackend {
        MediaMethodBackend(
            destination: try MediaMethodDestination("google+\(base.server.url)/upload/farm/v1/animals", endpoint: nil), options: options,
            transport: base.transport, tokens: TokenCache(TestTokenGrant(), clock: ContinuousClock()))
    }

    func options() throws -> MediaMethodOptions {
        let animals = "\(base.server.url)/farm/v1/animals"
        return try MediaMethodOptions(
            metadata: #"{"name": "{path}", "born": "{modifiedTime}", "tags": "{meta}"}"#, form: form, sizeMax: 10 << 30,
            accepted: ["image/*", "application/*"], sizePath: "picture.size", digest: "md5:picture.md5Hash",
            resource: MediaMethodResource(
                item: "\(animals)/{id}", search: "\(animals)?name={path}", found: "items[-1]", rename: #"{"name": "{path}"}"#))
    }

    var traits: ServiceTraits {
        var traits = ServiceTraits(refusals: [
            (403, "forbidden", .forbidden), (403, "rateLimitExceeded", .serverBusy), (403, "quotaExceeded", .quotaExceeded),
            (400, "badContent", .rejected), (413, "uploadTooLarge", .tooLarge), (404, "notFound", .noSuchBucket),
        ])
        traits.checksDigest = false
        traits.hasPreconditions = false
        traits.movesInSteps = false
        return traits
    }

    func inject(_ faults: [ServiceFault]) {
        base.server.faults.set(faults.map { Fault($0.farmKind, skip: $0.skip, action: $0.action) })
    }

    func content(of key: ObjectKey) async throws -> [UInt8]? {
        guard let id = try await backend().find(key)?.id else { return nil }
        let url = "\(base.server.url)/farm/v1/animals/\(id)?alt=media"
        let answer = try await base.reader.send(HTTPRequest(.GET, url, headers: ["Authorization": "Bearer test-token"]))
        return answer.status == .ok ? Array(answer.body.readableBytesView) : nil
    }

    var openSessions: Int { base.openSessions }
    func resentBytes(of key: ObjectKey) -> Int64 {
        base.server.counters.snapshot().objects["farm/\(key.text)"]?.resentBytes ?? 0
    }
}

extension ServiceFault {
    fileprivate var farmKind: RequestKind {
        switch moment {
        case .put: .multipart
        case .begin: .begin
        case .part, .commit: .part
        case .probe: .probe
        case .find: .list
        case .move: .patch
        case .remove: .delete
        }
    }
}

@Suite struct MediaMethodConformanceTests {
    @Test(.timeLimit(.minutes(20)), arguments: BackendConformance.inOrder)
    func conforms(_ check: BackendConformance.Check) async throws {
        try await FarmService.run { try await check.run(on: $0) }
    }
}

/// What the configuration of a method does.
@Suite struct MediaMethodBackendTests {
    @Test func contentAloneIsOneRequestWithoutMetadata() async throws {
        try await FarmService.run { service in
            var upload = try ConformanceUpload(service.farm(try MediaMethodOptions(metadata: "")), key: "a", size: 5, chunk: 1)
            let animal = try await upload.put()
            #expect(animal.size == 5 && animal.id != nil && animal.digest == nil)
            #expect(service.base.server.counters.snapshot().requestsByKind == ["media": 1])
        }
    }

    @Test func theUsualMetadataIsTheName() async throws {
        try await FarmService.run { service in
            var upload = try ConformanceUpload(service.farm(try MediaMethodOptions()), key: "dir/llama.png", size: 5, chunk: 1)
            _ = try await upload.put()
            #expect(service.base.server.counters.snapshot().objects["farm/llama.png"]?.requestsByKind == ["multipart": 1])
        }
    }

    @Test func aFormCanBeAskedFor() async throws {
        try await FarmService.run { service in
            let resumable = try service.farm(try MediaMethodOptions(form: .resumable))
            #expect(resumable.capabilities.singleRequestMax < 0, "not even an empty file goes up in one request")
            let simple = try service.farm(try MediaMethodOptions(form: .simple, sizeMax: 99 << 20))
            #expect(simple.capabilities.singleRequestMax == 99 << 20)
        }
    }

    /// What a lost response to a single request came to cannot be asked, so small files take a session, too.
    @Test(arguments: [("POST", false, false), ("POST", true, true), ("PUT", false, true), ("PATCH", false, true)])
    func singleRequestsAreChosenWhereTheyCanBeRepeated(method: String, canSearch: Bool, isRepeatable: Bool) async throws {
        try await FarmService.run { service in
            let resource = try service.options().resource
            let backend = try service.farm(try MediaMethodOptions(method: method, resource: canSearch ? resource : nil))
            #expect(backend.capabilities.isRepeatable == isRepeatable)
            #expect((backend.capabilities.singleRequestMax > 0) == isRepeatable)
        }
    }

    @Test func whatIsTooLargeOrOfAnotherTypeIsNotSent() async throws {
        try await FarmService.run { service in
            let backend = try service.farm(try MediaMethodOptions(sizeMax: 10, accepted: ["image/*"]))
            let cases: [(size: Int64?, type: String, code: UploadError.Code)] = [
                (11, "image/png", .tooLarge), (5, "text/plain", .rejected), (nil, "text/plain", .rejected), (5, "image/png\r\nX: y", .rejected),
            ]
            for (size, type, code) in cases {
                let object = ObjectDescription(key: ObjectKey("a"), size: size, contentType: type)
                let error = await #expect(throws: UploadError.self) { try await backend.begin(object) }
                #expect(error?.code == code)
            }
            #expect(service.base.server.counters.snapshot().requests == 0)
        }
    }

    @Test func dataOfUnknownLengthGoesThroughASession() async throws {
        try await FarmService.run { service in
            let backend = try service.farm(try service.options())
            let pattern = BytePattern(size: 600_000)
            var object = ObjectDescription(key: ObjectKey("stream"), size: nil, contentType: "image/png")
            let session = try await backend.begin(object)
            let first = Part(offset: 0, length: 524_288, isLast: false)
            #expect(try await backend.send(first, of: object, in: session, body: pattern.body(0..<524_288), digest: nil) == .confirmed(524_288))
            object.size = 600_000
            let last = Part(offset: 524_288, length: 75_712, isLast: true)
            let end = try await backend.send(last, of: object, in: session, body: pattern.body(524_288..<600_000), digest: nil)
            guard case .committed(let animal) = end else { throw UploadError(.invalidResponse, "the stream does not end") }
            #expect(animal.size == 600_000 && animal.digest == pattern.digest(.md5))
        }
    }

    @Test func withoutAResourceNothingIsLookedForOrRemoved() async throws {
        try await FarmService.run { service in
            let backend = try service.farm(try MediaMethodOptions())
            #expect(!backend.capabilities.followsNames)
            #expect(try await backend.find(ObjectKey("a")) == nil)
            try await backend.remove(ObjectKey("a"), version: "1")
            let error = await #expect(throws: UploadError.self) { try await backend.move(ObjectKey("a"), version: nil, to: ObjectKey("b")) }
            #expect(error?.disposition == .permanent)
            #expect(service.base.server.counters.snapshot().requests == 0)
        }
    }

    @Test func aDestinationCanBeTriedOut() async throws {
        try await FarmService.run { service in
            let backend = try service.farm(try service.options())
            #expect(try await backend.probeAccess() == "an upload was begun and dropped")
            #expect(service.base.server.counters.snapshot().openSessions == 0)
        }
    }
}
