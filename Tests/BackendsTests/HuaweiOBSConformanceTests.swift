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

/// OBS as the test server speaks it, for the conformance suite.
struct HuaweiOBSTestService: ConformanceService {
    let base: TestServerService
    var options = OBSOptions.none

    /// Starts a server for as long as `body` runs.
    static func run<Result>(_ body: (HuaweiOBSTestService) async throws -> Result) async throws -> Result {
        try await TestServerService.run { try await body(HuaweiOBSTestService(base: $0)) }
    }

    var destination: OBSDestination {
        OBSDestination(bucket: "demo", prefix: "base", endpoint: base.server.url, isPathStyle: true)
    }

    func backend() -> any UploadBackend { obs() }

    func obs(now: @escaping @Sendable () -> Date = { Date() }) -> HuaweiOBSBackend {
        HuaweiOBSBackend(
            destination: destination, options: options, transport: base.transport,
            keys: TokenCache(TestKeyGrant(), clock: ContinuousClock()), now: now)
    }

    var traits: ServiceTraits {
        var traits = ServiceTraits(refusals: [
            (403, "AccessDenied", .forbidden), (403, "InsufficientStorageSpace", .quotaExceeded), (409, "OperationAborted", .serverBusy),
            (400, "InvalidArgument", .rejected), (413, nil, .tooLarge), (412, nil, .conflict), (404, "NoSuchBucket", .noSuchBucket),
            (403, "SignatureDoesNotMatch", .unauthenticated),
        ])
        traits.lossStatuses = [404]
        traits.putChecksAbsence = false
        return traits
    }

    func inject(_ faults: [ServiceFault]) {
        base.server.faults.set(faults.map { Fault($0.obsKind, skip: $0.skip, action: $0.obsAction) })
    }

    func content(of key: ObjectKey) async throws -> [UInt8]? {
        let request = OBSRequest(.GET, key, headers: options.keyHeaders)
        let signed = OBSSignature.sign(request, at: destination, with: TestKeyGrant.key, date: HTTPDate.text(Date()))
        let answer = try await base.reader.send(signed)
        return answer.status == .ok ? Array(answer.body.readableBytesView) : nil
    }

    var openSessions: Int { base.openSessions }
    func resentBytes(of key: ObjectKey) -> Int64 { base.resentBytes(of: key) }
}

/// Hands out the one key that the test server takes, as a temporary one.
struct TestKeyGrant: TokenGrant {
    static let key = AccessKey(id: "TESTKEY", secret: "testsecret", sessionToken: "test-token")

    func obtain() async throws(UploadError) -> AccessToken {
        AccessToken(value: Self.key.token, lifetime: .seconds(3600))
    }
}

extension ServiceFault {
    fileprivate var obsKind: RequestKind {
        switch moment {
        case .put: .media
        case .begin: .begin
        case .part: .part
        case .probe: .probe
        case .commit: .commit
        case .find: .get
        case .move: .rewrite
        case .remove: .delete
        }
    }

    /// An expired key is refused with another status here than an expired bearer token.
    fileprivate var obsAction: FaultAction {
        effect == .status(401) ? FaultAction(status: 403, reason: "InvalidAccessKeyId") : action
    }
}

@Suite struct HuaweiOBSConformanceTests {
    @Test(.timeLimit(.minutes(20)), arguments: BackendConformance.numbered)
    func conforms(_ check: BackendConformance.Check) async throws {
        try await HuaweiOBSTestService.run { try await check.run(on: $0) }
    }

    /// An object larger than the service copies in one step.
    @Test func aLargeObjectIsMovedPartByPart() async throws {
        try await HuaweiOBSTestService.run { service in
            let backend = HuaweiOBSBackend(
                destination: service.destination, transport: service.base.transport, keys: StaticToken(TestKeyGrant.key.token),
                copyMax: 150_000)
            var upload = try ConformanceUpload(backend, key: "large", size: 400_000, chunk: 102_400)
            let made = try await upload.finish()
            let target = try backend.key(for: SpoolPath("moved"))
            service.base.server.faults.set([Fault(.rewrite, skip: 1, action: FaultAction(status: 503))])
            let error = await #expect(throws: UploadError.self) {
                try await backend.move(upload.object.key, version: made.version, to: target)
            }
            #expect(error?.code == .serverBusy)
            #expect(service.base.server.counters.snapshot().openSessions == 0, "the parts of a copy that failed are dropped")
            let moved = try await backend.move(upload.object.key, version: made.version, to: target)
            let content = try await service.content(of: target)
            let left = try await service.content(of: upload.object.key)
            #expect(moved.digest == made.digest && moved.reservation == made.reservation)
            #expect(content == upload.pattern.all && left == nil)
        }
    }

    @Test(.timeLimit(.minutes(20)), arguments: BackendConformance.numbered)
    func conformsWithAKeyOfTheClientsOwn(_ check: BackendConformance.Check) async throws {
        try await HuaweiOBSTestService.run { service in
            var service = service
            let key = try #require(CustomerKey(bytes: Array(0..<32)))
            service.options = try OBSOptions(storageClass: "WARM", accessList: "public-read", encryption: .customer(key))
            try await check.run(on: service)
        }
    }
}
