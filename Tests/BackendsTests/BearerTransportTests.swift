import Credentials
import HTTPTransport
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import Backends

@Suite struct BearerTransportTests {
    /// Gives out `token-1`, `token-2`, …, a new one after each refusal.
    final class NumberedTokens: TokenSource {
        private let number = NIOLockedValueBox(1)

        func token() async throws(UploadError) -> String? { "token-\(number.withLockedValue { $0 })" }
        func invalidate(_ token: String) async -> Bool {
            number.withLockedValue { $0 += 1 }
            return true
        }
    }

    private func server(accepting tokens: Set<String>) -> RecordingTransport {
        RecordingTransport { request throws(UploadError) in
            let authorization = request.headers.first(name: "Authorization") ?? "none"
            return HTTPResponse(tokens.contains(authorization) ? .ok : .unauthorized, text: "")
        }
    }

    @Test func aRefusedTokenIsRenewedAndTheRequestRepeated() async throws {
        let transport = server(accepting: ["Bearer token-2"])
        let bearer = BearerTransport(transport: transport, tokens: NumberedTokens(), hosts: ServiceHosts("http://x"))
        let answer = try await bearer.send(HTTPRequest(.POST, "http://x/", body: .bytes(ByteBuffer(string: "body"))))
        #expect(answer.status == .ok)
        #expect(transport.sent.map(\.text) == ["body", "body"])
    }

    @Test func theQuotaProjectGoesWithTheToken() async throws {
        struct Tokens: TokenSource {
            var quotaProject: String?
            func token() async throws(UploadError) -> String? { "t" }
            func invalidate(_ token: String) async -> Bool { false }
        }
        let transport = server(accepting: ["Bearer t"])
        for project in ["p-1", nil] {
            _ = try await BearerTransport(transport: transport, tokens: Tokens(quotaProject: project), hosts: ServiceHosts("http://x")).send(
                HTTPRequest(.GET, "http://x/"))
        }
        #expect(transport.sent.map { $0.headers.first(name: "x-goog-user-project") } == ["p-1", nil])
    }

    @Test func aSecondRefusalIsTheEnd() async {
        let transport = server(accepting: [])
        let bearer = BearerTransport(transport: transport, tokens: NumberedTokens(), hosts: ServiceHosts("http://x"))
        let error = await #expect(throws: UploadError.self) { try await bearer.send(HTTPRequest(.GET, "http://x/")) }
        #expect(error?.code == .unauthenticated)
        #expect(transport.sent.count == 2)
    }

    @Test func aStreamIsNotRepeatedButTheTokenIsRenewed() async throws {
        let transport = server(accepting: ["Bearer token-2"])
        let tokens = NumberedTokens()
        let bearer = BearerTransport(transport: transport, tokens: tokens, hosts: ServiceHosts("http://x"))
        let error = await #expect(throws: UploadError.self) {
            try await bearer.send(HTTPRequest(.PUT, "http://x/", body: .stream(BytePattern(size: 9).body)))
        }
        #expect(error?.disposition == .transient)
        #expect(transport.sent.count == 1)
        #expect(try await tokens.token() == "token-2")
    }

    @Test func withoutCredentialsNothingIsSaidAndNothingRepeated() async {
        let transport = server(accepting: [])
        let bearer = BearerTransport(transport: transport, tokens: AnonymousTokens(), hosts: ServiceHosts("http://x"))
        let error = await #expect(throws: UploadError.self) { try await bearer.send(HTTPRequest(.GET, "http://x/")) }
        #expect(error?.code == .unauthenticated)
        #expect(transport.sent.count == 1)
        #expect(transport.sent.first?.headers["Authorization"].isEmpty == true)
    }
}
