import Backends
import Credentials
import Foundation
import HTTPTransport
import NIOCore
import NIOHTTP1
import Testing
import UploadCore
import UploadTestServer
import UploadTesting

/// Box as the test server speaks it, for the conformance suite.
struct BoxTestService: ConformanceService {
    static let partSize: Int64 = 64 << 10

    let base: TestServerService

    /// Starts a server for as long as `body` runs.
    static func run<Result>(_ body: (BoxTestService) async throws -> Result) async throws -> Result {
        try await TestServerService.run { service in
            var settings = BoxSettings()
            settings.partSize = partSize
            settings.sessionSizeMin = 1
            service.server.box.set(settings)
            return try await body(BoxTestService(base: service))
        }
    }

    var server: TestServer { base.server }

    func destination(_ path: String = "base") throws -> BoxDestination {
        BoxDestination(folderID: "0", path: path, endpoints: try BoxEndpoints(option: "\(server.url)/box"))
    }

    func box(_ path: String = "base", now: @escaping @Sendable () -> Date = { Date() }) throws -> BoxBackend {
        BoxBackend(
            destination: try destination(path), transport: base.transport, tokens: TokenCache(TestTokenGrant(), clock: ContinuousClock()),
            partSizeMin: Self.partSize, now: now)
    }

    func backend() -> any UploadBackend {
        do {
            return try box()
        } catch {
            preconditionFailure("the test server has no address: \(error)")
        }
    }

    var traits: ServiceTraits {
        var traits = ServiceTraits(refusals: [
            (403, "access_denied_insufficient_permissions", .forbidden), (403, "storage_limit_exceeded", .quotaExceeded),
            (403, "file_size_limit_exceeded", .tooLarge), (409, "operation_blocked_temporary", .serverBusy), (409, nil, .conflict),
            (400, "item_name_invalid", .invalidName), (400, "bad_request", .rejected), (413, nil, .tooLarge), (412, nil, .conflict),
        ])
        traits.names = ["a b", "100%", "x?y=z&w#v", "plus+plus", "ümlaut/été/日本", "quote\"'", "~._-", "e\u{301}", "\u{301}'\u{301}"]
        traits.ignoresCase = true
        traits.confusesFormsOfFolders = true
        traits.sessionMin = 1
        traits.remembersSessions = false
        traits.movesInSteps = false
        return traits
    }

    func inject(_ faults: [ServiceFault]) {
        server.faults.set(faults.map { Fault($0.boxKind, skip: $0.skip, action: $0.action) })
    }

    func content(of key: ObjectKey) async throws -> [UInt8]? {
        guard let file = try await item(key), let id = file["id"] as? String else { return nil }
        let moved = try await read("2.0/files/\(id)/content")
        guard let location = moved.headers.first(name: "Location") else { return nil }
        return Array(try await base.reader.send(HTTPRequest(.GET, location)).body.readableBytesView)
    }

    /// What the server says of the file under a key, or of a folder.
    func item(_ key: ObjectKey) async throws -> [String: Any]? {
        var item: [String: Any]? = ["id": "0"]
        for name in key.names {
            guard let id = item?["id"] as? String else { return nil }
            let listing = try await json("2.0/folders/\(id)/items?limit=1000")
            item = (listing["entries"] as? [[String: Any]])?.first { ($0["name"] as? String).map { ServiceName($0) } == name }
        }
        return item
    }

    func json(_ path: String) async throws -> [String: Any] {
        let answer = try await read(path)
        return try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView)) as? [String: Any] ?? [:]
    }

    private func read(_ path: String) async throws -> HTTPResponse {
        try await base.reader.send(HTTPRequest(.GET, "\(server.url)/box/\(path)", headers: ["Authorization": "Bearer test-token"]))
    }

    func counted(_ key: ObjectKey) -> CountersSnapshot.Object? { server.counters.snapshot().objects["box/\(key.text)"] }
    var openSessions: Int { base.openSessions }
    func resentBytes(of key: ObjectKey) -> Int64 { counted(key)?.resentBytes ?? 0 }
}

extension ServiceFault {
    fileprivate var boxKind: RequestKind {
        switch moment {
        case .put: .multipart
        case .begin: .begin
        case .part: .part
        case .probe: .probe
        case .commit: .commit
        case .find: .preflight
        case .move: .patch
        case .remove: .delete
        }
    }
}

@Suite struct BoxConformanceTests {
    @Test(.timeLimit(.minutes(20)), arguments: BackendConformance.numbered)
    func conforms(_ check: BackendConformance.Check) async throws {
        try await BoxTestService.run { try await check.run(on: $0) }
    }
}
