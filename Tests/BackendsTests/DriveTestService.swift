import Credentials
import Foundation
import HTTPTransport
import NIOCore
import NIOHTTP1
import UploadCore
import UploadTestServer
import UploadTesting

@testable import Backends

/// Drive as the test server speaks it, for the conformance suite.
struct DriveTestService: ConformanceService {
    let base: TestServerService
    var folder = "root"

    /// Starts a server for as long as `body` runs.
    static func run<Result>(_ body: (DriveTestService) async throws -> Result) async throws -> Result {
        try await TestServerService.run { try await body(DriveTestService(base: $0)) }
    }

    var server: TestServer { base.server }

    func backend() -> any UploadBackend { drive() }

    func drive(now: @escaping @Sendable () -> Date = { Date() }) -> DriveBackend {
        DriveBackend(
            destination: DriveDestination(folder: folder, path: ["base"], endpoint: server.url), transport: base.transport,
            tokens: TokenCache(TestTokenGrant(), clock: ContinuousClock()), now: now)
    }

    var traits: ServiceTraits {
        var traits = ServiceTraits(refusals: [
            (403, "forbidden", .forbidden), (403, "insufficientFilePermissions", .forbidden), (403, "rateLimitExceeded", .serverBusy),
            (403, "userRateLimitExceeded", .serverBusy), (403, "storageQuotaExceeded", .quotaExceeded),
            (403, "teamDriveFileLimitExceeded", .quotaExceeded), (403, "dailyLimitExceeded", .quotaExceeded), (400, "invalid", .rejected),
            (413, nil, .tooLarge), (409, "fileIdInUse", .conflict),
        ])
        traits.checksDigest = false
        traits.movesInSteps = false
        return traits
    }

    func inject(_ faults: [ServiceFault]) {
        server.faults.set(faults.map { Fault($0.driveKind, skip: $0.skip, action: $0.action) })
    }

    func content(of key: ObjectKey) async throws -> [UInt8]? {
        guard let id = try await drive().find(key)?.id else { return nil }
        let url = "\(server.url)/drive/v3/files/\(id)?alt=media&supportsAllDrives=true"
        let answer = try await base.reader.send(HTTPRequest(.GET, url, headers: ["Authorization": "Bearer test-token"]))
        return answer.status == .ok ? Array(answer.body.readableBytesView) : nil
    }

    var openSessions: Int { base.openSessions }
    func resentBytes(of key: ObjectKey) -> Int64 {
        server.counters.snapshot().objects["drive/\(key.text)"]?.resentBytes ?? 0
    }

    func counted(_ kind: RequestKind) -> Int { server.counters.snapshot().requestsByKind[kind.rawValue] ?? 0 }
}

extension ServiceFault {
    fileprivate var driveKind: RequestKind {
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
