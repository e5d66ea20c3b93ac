import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Testing

@testable import UploadTestServer

/// The server inside the test's own process. What it answers is tested by clients of others, in ClientTests.
@Suite struct TestServerTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test(.timeLimit(.minutes(20))) func startsAgainWithWhatItHad() async throws {
        try await withRoot { root in
            let first = try await TestServer.start(root: root, logger: logger)
            let location = try await begin(first)
            #expect(try await send("PUT", location, "0-262143/524288", bytes: 262_144).status == .permanentRedirect)
            #expect(first.counters.snapshot().openSessions == 1)
            await first.stop()

            let second = try await TestServer.start(root: root, logger: logger)
            let moved = location.replacing(first.url, with: second.url)
            #expect(try await send("PUT", moved, "262144-524287/524288", bytes: 262_144).status == .ok)
            #expect(second.counters.snapshot().objects["demo/a"]?.bodyBytes == 262_144)
            #expect(second.counters.snapshot().openSessions == 0)
            await second.stop()
            let size = try FileManager.default.attributesOfItem(atPath: "\(root)/objects/demo/a")[.size] as? Int
            #expect(size == 524_288)
        }
    }

    @Test(.timeLimit(.minutes(20))) func stopsInTheMiddleOfAStalledPart() async throws {
        try await withRoot { root in
            let first = try await TestServer.start(root: root, logger: logger)
            let location = try await begin(first)
            first.faults.set([Fault(.part, action: FaultAction(stallAfterBytes: 300_000))])
            let stalled = Task { try await send("PUT", location, "0-524287/524288", bytes: 524_288) }
            while first.counters.snapshot().objects["demo/a"]?.bodyBytes != 300_000 { await Task.yield() }
            await first.stop()
            await #expect(throws: (any Error).self) { try await stalled.value }

            let second = try await TestServer.start(root: root, logger: logger)
            let answer = try await send("PUT", location.replacing(first.url, with: second.url), "*/*", bytes: 0)
            #expect(answer.headers.first(name: "Range") == "bytes=0-262143")
            await second.stop()
        }
    }

    @Test func aPortInUseIsSaid() async throws {
        try await withRoot { root in
            let server = try await TestServer.start(root: root, logger: logger)
            await #expect(throws: CannotListen.self) { try await TestServer.start(root: root + "2", port: server.port, logger: logger) }
            await server.stop()
        }
    }

    private func withRoot(_ body: (String) async throws -> Void) async throws {
        let root = "\(NSTemporaryDirectory())/uploadfs-test-server-\(UUID().uuidString)"
        defer {
            for path in [root, root + "2"] { try? FileManager.default.removeItem(atPath: path) }
        }
        try await body(root)
    }

    private func begin(_ server: TestServer) async throws -> String {
        let answer = try await send("POST", "\(server.url)/upload/storage/v1/b/demo/o?uploadType=resumable&name=a", nil, bytes: 0)
        return try #require(answer.headers.first(name: "Location"))
    }

    private func send(_ method: String, _ url: String, _ range: String?, bytes: Int) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url)
        request.method = .init(rawValue: method)
        if let range { request.headers.add(name: "Content-Range", value: "bytes \(range)") }
        request.body = .bytes(ByteBuffer(repeating: 7, count: bytes))
        return try await HTTPClient.shared.execute(request, timeout: .seconds(30))
    }
}
