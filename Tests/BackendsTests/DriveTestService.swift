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
        var ids = [folder]
        for name in key.names {
            ids = try await ids.asyncFlatMap { try await items(in: $0).filter { $0.name == name }.map(\.id) }
        }
        guard let id = ids.first else { return nil }
        let answer = try await read("/drive/v3/files/\(id)?alt=media&supportsAllDrives=true")
        return answer.status == .ok ? Array(answer.body.readableBytesView) : nil
    }

    /// All that lies in a folder, files before those that were made earlier.
    private func items(in folder: String) async throws -> [(id: String, name: ServiceName)] {
        let query = PercentEncoding.query([
            ("q", "'\(folder)' in parents and trashed = false"), ("orderBy", "createdTime desc"), ("pageSize", "1000"),
            ("supportsAllDrives", "true"), ("includeItemsFromAllDrives", "true"),
        ])
        let answer = try await read("/drive/v3/files?\(query)")
        let document = try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView)) as? [String: Any]
        return (document?["files"] as? [[String: Any]] ?? []).compactMap { item in
            guard let id = item["id"] as? String, let name = item["name"] as? String else { return nil }
            return (id, ServiceName(name))
        }
    }

    private func read(_ path: String) async throws -> HTTPResponse {
        try await base.reader.send(HTTPRequest(.GET, server.url + path, headers: ["Authorization": "Bearer test-token"]))
    }

    var openSessions: Int { base.openSessions }
    func resentBytes(of key: ObjectKey) -> Int64 {
        server.counters.snapshot().objects["drive/\(key.text)"]?.resentBytes ?? 0
    }

    func counted(_ kind: RequestKind) -> Int { server.counters.snapshot().requestsByKind[kind.rawValue] ?? 0 }
}

extension Array {
    fileprivate func asyncFlatMap<Value>(_ transform: (Element) async throws -> [Value]) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values += try await transform(element) }
        return values
    }
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
