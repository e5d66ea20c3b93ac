import Backends
import Credentials
import Foundation
import HTTPTransport
import Logging
import NIOCore
import UploadCore
import UploadTestServer
import UploadTesting
import Uploading

/// A test server and a backend for it, for as long as a test runs.
struct Service: Sendable {
    let server: TestServer
    let transport: AsyncHTTPTransport

    static func run(_ body: (Service) async throws -> Void) async throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("uploading-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        var quiet = Logger(label: "quiet")
        quiet.logLevel = .critical
        let server = try await TestServer.start(root: root, logger: quiet)
        let transport = AsyncHTTPTransport(.init(userAgent: "uploading-tests"), logger: quiet)
        var failure: (any Error)?
        do {
            try await body(Service(server: server, transport: transport))
        } catch {
            failure = error
        }
        await transport.shutdown()
        await server.stop()
        if let failure { throw failure }
    }

    /// A protocol that goes by offset.
    var googleStorage: GoogleStorageBackend {
        GoogleStorageBackend(
            destination: GoogleStorageDestination(bucket: "demo", prefix: "", endpoint: server.url), transport: transport,
            tokens: AnonymousTokens(), singleRequestMax: 1000)
    }

    /// A protocol of numbered parts, whose sessions do not expire.
    var huaweiOBS: HuaweiOBSBackend {
        HuaweiOBSBackend(
            destination: OBSDestination(bucket: "demo", prefix: "", endpoint: server.url, isPathStyle: true), transport: transport,
            keys: StaticToken(AccessKey(id: "TESTKEY", secret: "testsecret", sessionToken: nil).token), singleRequestMax: 1000)
    }

    func counted(_ key: String) -> (begun: Int, resent: Int64, received: Int64) {
        let object = server.counters.snapshot().objects["demo/\(key)"]
        return (object?.requestsByKind["begin"] ?? 0, object?.resentBytes ?? 0, object?.bodyBytes ?? 0)
    }
}

/// A pattern as a program would make it, with or without a word about its length.
struct PatternSource: ByteSource {
    let pattern: BytePattern
    let length: Int64?
    /// Fails where it comes to this byte.
    var failsAt: Int64 = .max

    init(_ size: Int64, knowsLength: Bool = true, failsAt: Int64 = .max) {
        pattern = BytePattern(size: size)
        length = knowsLength ? size : nil
        self.failsAt = failsAt
    }

    struct Broken: Error {}

    func read(at offset: Int64, length: Int) async throws -> ByteBuffer {
        let end = min(offset + Int64(length), pattern.size)
        if end > failsAt { throw Broken() }
        return offset < end ? pattern.bytes(offset..<end) : ByteBuffer()
    }
}
