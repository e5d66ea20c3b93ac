import Credentials
import Foundation
import HTTPTransport
import Logging
import NIOCore
import NIOHTTP1
import UploadCore
import UploadTestServer
import UploadTesting

@testable import Backends

/// Cloud Storage as the test server speaks it, for the conformance suite.
struct TestServerService: ConformanceService {
    let server: TestServer
    let transport: AsyncHTTPTransport
    /// Reads whole objects, which the product never does.
    let reader: AsyncHTTPTransport
    let destination: GoogleStorageDestination
    let options: GoogleStorageOptions

    /// Starts a server for as long as `body` runs.
    static func run<Result>(
        options: GoogleStorageOptions = .none, googlePartSizeMin: Int64 = 5 << 20, _ body: (TestServerService) async throws -> Result
    ) async throws -> Result {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("backends-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        var quiet = Logger(label: "test-server")
        quiet.logLevel = .critical
        let server = try await TestServer.start(root: root, googlePartSizeMin: googlePartSizeMin, logger: quiet)
        var settings = AsyncHTTPTransport.Configuration(userAgent: "uploadfs/test")
        let transport = AsyncHTTPTransport(settings, logger: quiet)
        settings.responseBytesMax = 64 << 20
        let service = TestServerService(
            server: server, transport: transport, reader: AsyncHTTPTransport(settings, logger: quiet),
            destination: GoogleStorageDestination(bucket: "demo", prefix: "base", endpoint: server.url),
            options: options)
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(service))
        } catch {
            result = .failure(error)
        }
        await transport.shutdown()
        await service.reader.shutdown()
        await server.stop()
        return try result.get()
    }

    func backend() -> any UploadBackend {
        GoogleStorageBackend(
            destination: destination, options: options, transport: transport, tokens: TokenCache(TestTokenGrant(), clock: ContinuousClock()))
    }

    var traits: ServiceTraits {
        ServiceTraits(refusals: [
            (403, "forbidden", .forbidden), (403, "rateLimitExceeded", .serverBusy), (403, "userRateLimitExceeded", .serverBusy),
            (403, "quotaExceeded", .quotaExceeded), (400, "invalid", .rejected), (413, nil, .tooLarge), (412, nil, .conflict),
        ])
    }

    func inject(_ faults: [ServiceFault]) {
        server.faults.set(faults.map(\.scripted))
    }

    func content(of key: ObjectKey) async throws -> [UInt8]? {
        let url = "\(server.url)/storage/v1/b/demo/o/\(PercentEncoding.encode(key.text))?alt=media"
        let answer = try await reader.send(HTTPRequest(.GET, url, headers: options.encryptionKey?.headers ?? [:]))
        return answer.status == .ok ? Array(answer.body.readableBytesView) : nil
    }

    var openSessions: Int { server.counters.snapshot().openSessions }

    func resentBytes(of key: ObjectKey) -> Int64 {
        server.counters.snapshot().objects["demo/\(key.text)"]?.resentBytes ?? 0
    }
}

/// Hands out the one token that the test server takes.
struct TestTokenGrant: TokenGrant {
    func obtain() async throws(UploadError) -> AccessToken {
        AccessToken(value: "test-token", lifetime: .seconds(3600))
    }
}

extension ServiceFault {
    fileprivate var scripted: Fault {
        Fault(kind, skip: skip, action: action)
    }

    private var kind: RequestKind {
        switch moment {
        case .put: .multipart
        case .begin: .begin
        case .part, .commit: .part
        case .probe: .probe
        case .find: .get
        case .move: .rewrite
        case .remove: .delete
        }
    }

    /// What the test server is to do, whatever the service.
    var action: FaultAction {
        switch effect {
        case .status(let status, let retryAfter, let reason): FaultAction(status: status, retryAfter: retryAfter, reason: reason)
        case .loseResponse: FaultAction(loseResponse: true)
        case .reset(let bytes): FaultAction(resetAfterBytes: bytes)
        case .keepOnly(let bytes): FaultAction(persistBytes: bytes)
        case .keepNothing: FaultAction(noRange: true)
        case .loseSession(let status): FaultAction(loseSession: status)
        case .claimBeyond(let bytes): FaultAction(rangeBeyond: bytes)
        case .garbage: FaultAction(garbage: true)
        case .wrongDigest: FaultAction(wrongCRC32C: true)
        }
    }
}
