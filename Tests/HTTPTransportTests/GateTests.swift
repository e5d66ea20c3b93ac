import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import Testing
import UploadCore

@testable import HTTPTransport

/// Requests and responses over which the HTTP client library would end the process.
@Suite struct GateTests {
    @Test(arguments: ["000", "001", "050", "099", "600", "999"])
    func aStatusThatHTTPDoesNotHaveIsAnError(_ status: String) async throws {
        try await expectInvalid("HTTP/1.1 \(status) X\r\nContent-Length: 0\r\n\r\n")
    }

    @Test func interimResponsesHaveAnEnd() async throws {
        try await expectInvalid(String(repeating: "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", count: 100))
    }

    @Test func someInterimResponsesArePassed() async throws {
        let interim = String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 3)
        try await ScriptedServer.run(.raw(interim + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab")) { server in
            try await withTransport { transport in
                let response = try await transport.send(HTTPRequest(.GET, server.url))
                #expect(response.status == .ok && response.body.readableBytes == 2)
            }
        }
    }

    private func expectInvalid(_ response: String) async throws {
        try await ScriptedServer.run(.raw(response)) { server in
            try await withTransport { transport in
                let error = await #expect(throws: UploadError.self) { try await transport.send(HTTPRequest(.GET, server.url)) }
                #expect(error?.code == .invalidResponse)
                #expect(error?.sentence == "malformed response: 127.0.0.1 sent a status that HTTP does not have")
            }
        }
    }

    @Test(arguments: [false, true])
    func aResponseThatDripsIsCut(isStream: Bool) async throws {
        try await ScriptedServer.run(.drip) { server in
            try await withTransport(stallLimit: .milliseconds(500)) { transport in
                let bytes = ByteBuffer(string: "content")
                let chunk = NIOLockedValueBox<ByteBuffer?>(bytes)
                let stream = PartBody(length: 7) { chunk.withLockedValue { $0.take() } }
                let began = ContinuousClock.now
                let error = await #expect(throws: UploadError.self) {
                    try await transport.send(HTTPRequest(.PUT, server.url, body: isStream ? .stream(stream) : .bytes(bytes)))
                }
                #expect(error?.code == .timedOut)
                #expect(ContinuousClock.now - began < .seconds(60))
            }
        }
    }

    /// A file's `user.mime_type` and `user.upload.meta.*` have up to 64 KiB each on some file systems.
    @Test(arguments: [40_000, 66_000, 10_000_000])
    func aHeadThatIsTooLongIsRejected(_ bytes: Int) async throws {
        try await ScriptedServer.run(.answer(.ok)) { server in
            try await withTransport { transport in
                let value = String(repeating: "x", count: bytes)
                let error = await #expect(throws: UploadError.self) {
                    try await transport.send(HTTPRequest(.POST, server.url, headers: ["Content-Type": value]))
                }
                #expect(error?.code == .rejected && error?.sentence.contains("user.mime_type") == true)
                // Many short ones are as long.
                let many = HTTPHeaders((0..<bytes / 20).map { ("x-\($0)", "0123456789") })
                let second = await #expect(throws: UploadError.self) { try await transport.send(HTTPRequest(.POST, server.url, headers: many)) }
                #expect(second?.code == .rejected)
                #expect(server.seen.all.isEmpty)
            }
        }
    }

    @Test func theLongestHeadIsSent() async throws {
        try await ScriptedServer.run(.answer(.ok)) { server in
            try await withTransport { transport in
                let value = String(repeating: "x", count: HTTPBounds.requestHeadBytesMax - 1000)
                let response = try await transport.send(HTTPRequest(.POST, server.url, headers: ["Content-Type": value]))
                #expect(response.status == .ok)
            }
        }
    }

    @Test(arguments: [17_000, 66_000, 1_000_000])
    func aURLThatIsTooLongIsNotSent(_ bytes: Int) async throws {
        try await withTransport { transport in
            let url = "http://127.0.0.1:9/" + String(repeating: "x", count: bytes)
            let error = await #expect(throws: UploadError.self) { try await transport.send(HTTPRequest(.GET, url)) }
            #expect(error?.code == .invalidResponse)
        }
    }

    @Test(arguments: ["a\rb", "a\nb", "a\0b", "a\u{7F}b", "\u{1B}[31m"])
    func aHeaderValueWithControlCharactersIsRejected(_ value: String) async throws {
        try await withTransport { transport in
            let error = await #expect(throws: UploadError.self) {
                try await transport.send(HTTPRequest(.GET, "http://127.0.0.1:9/", headers: ["X-A": value]))
            }
            #expect(error?.code == .rejected && error?.sentence.contains(value) == false)
        }
    }

    @Test(arguments: ["", "a b", "a:b", "é", "a\r"])
    func aHeaderNameThatIsNoneIsRejected(_ name: String) async throws {
        try await withTransport { transport in
            let error = await #expect(throws: UploadError.self) {
                try await transport.send(HTTPRequest(.GET, "http://127.0.0.1:9/", headers: [name: "x"]))
            }
            #expect(error?.code == .rejected)
        }
    }
}
