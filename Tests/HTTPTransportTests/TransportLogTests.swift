import HTTPTransport
import Logging
import NIOConcurrencyHelpers
import NIOHTTP1
import Testing
import UploadCore

@Suite struct TransportLogTests {
    /// Keeps every line that is logged.
    struct Keeper: LogHandler {
        let lines: NIOLockedValueBox<[String]>
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.withLockedValue { $0.append("\(event.message) \(event.metadata ?? [:])") }
        }
    }

    @Test func requestsAreLoggedWithoutSecrets() async throws {
        let lines = NIOLockedValueBox<[String]>([])
        let transport = AsyncHTTPTransport(
            .init(userAgent: "uploadfs/test"), logger: Logger(label: "test") { _ in Keeper(lines: lines) })
        try await ScriptedServer.run(.answer(.ok)) { server in
            _ = try await transport.send(
                HTTPRequest(.PUT, "\(server.url)/up?upload_id=SESSION", headers: ["Authorization": "Bearer TOKEN"]))
        }
        await transport.shutdown()
        let logged = lines.withLockedValue { $0 }.joined(separator: "\n")
        #expect(logged.contains("/up") && logged.contains("200"))
        #expect(!logged.contains("SESSION") && !logged.contains("TOKEN"))
    }
}
