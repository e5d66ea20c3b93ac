import Glibc
import HTTPTransport
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing
import UploadCore
import UploadTesting

@Suite(.timeLimit(.minutes(20))) struct AsyncHTTPTransportTests {
    private let pattern = BytePattern(size: 3 << 20)

    private func code(_ operation: () async throws -> Void) async -> UploadError.Code? {
        do {
            try await operation()
            return nil
        } catch {
            return (error as? UploadError)?.code
        }
    }

    @Test func sendsABodyAndReturnsTheResponse() async throws {
        try await ScriptedServer.run(.answer(.permanentRedirect, headers: ["Range": "bytes=0-5", "Location": "/elsewhere"], body: "hello")) {
            server in
            try await withTransport { transport in
                let answer = try await transport.send(
                    HTTPRequest(.PUT, "\(server.url)/a?b=c", headers: ["X-One": "1"], body: .stream(pattern.body)))
                #expect(answer.status == .permanentRedirect)
                #expect(answer.headers.first(name: "range") == "bytes=0-5")
                #expect(String(buffer: answer.body) == "hello")
                let seen = try #require(server.seen.all.first)
                #expect(seen.method == .PUT && seen.uri == "/a?b=c" && seen.isComplete)
                #expect(seen.headers["Content-Length"] == ["\(pattern.size)"])
                #expect(seen.headers["User-Agent"] == ["uploadfs/test"])
                #expect(seen.headers["X-One"] == ["1"])
                #expect(Array(seen.body.readableBytesView) == pattern.all)
            }
        }
    }

    @Test func keepsItsConnection() async throws {
        try await ScriptedServer.run(.answer(.ok)) { server in
            try await withTransport { transport in
                for index in 0..<20 {
                    let body: HTTPRequest.Body = index % 2 == 0 ? .none : .stream(BytePattern(size: 1000).body)
                    _ = try await transport.send(HTTPRequest(.PUT, server.url, body: body))
                }
                #expect(server.seen.all.count == 20)
                // The client may hand out the response to a stream a moment before it takes the connection back; the next request
                // then opens another one, and both are kept.
                #expect((1...3).contains(server.seen.connectionCount))
            }
        }
    }

    @Test(arguments: [UploadError(.contentChanged, "changed"), UploadError(.unreadable, "gone")])
    func anErrorOfTheBodyComesOutAndLeavesTheRequestUnfinished(error: UploadError) async throws {
        try await ScriptedServer.run(.answer(.ok)) { server in
            try await withTransport { transport in
                for failingAt in [0, pattern.size / 2, pattern.size - 1] {
                    let body = pattern.body(0..<pattern.size, failingAt: failingAt, with: error)
                    await #expect(throws: error) { try await transport.send(HTTPRequest(.PUT, server.url, body: .stream(body))) }
                    await server.seen.waitForEnd()
                }
                #expect(!server.seen.all.contains { $0.isComplete })
            }
        }
    }

    @Test func aBodyShorterThanAnnouncedIsNeverComplete() async throws {
        try await ScriptedServer.run(.answer(.ok)) { server in
            try await withTransport { transport in
                let half = pattern.body(0..<100)
                let body = PartBody(length: 200) {
                    var pieces = half.makeAsyncIterator()
                    return try await pieces.next()
                }
                let code = await code { _ = try await transport.send(HTTPRequest(.PUT, server.url, body: .stream(body))) }
                #expect(code == .unreadable)
                await server.seen.waitForEnd()
                #expect(!server.seen.all.contains { $0.isComplete })
            }
        }
    }

    @Test func aResetIsALostConnection() async throws {
        try await ScriptedServer.run(.reset) { server in
            try await withTransport { transport in
                let code = await code { _ = try await transport.send(HTTPRequest(.PUT, server.url, body: .stream(pattern.body))) }
                #expect(code == .connectionLost)
            }
        }
    }

    @Test func aServerThatStopsReadingTimesOut() async throws {
        try await ScriptedServer.run(.stall) { server in
            try await withTransport(stallLimit: .milliseconds(200)) { transport in
                // More than the kernel buffers of both sides can take in.
                let endless = PartBody(length: 1 << 40) { ByteBuffer(repeating: 7, count: 1 << 20) }
                let code = await code { _ = try await transport.send(HTTPRequest(.PUT, server.url, body: .stream(endless))) }
                #expect(code == .timedOut)
            }
        }
    }

    @Test(arguments: [true, false])
    func aServerThatNeverRespondsTimesOut(isStreamed: Bool) async throws {
        try await ScriptedServer.run(.mute) { server in
            try await withTransport(stallLimit: .milliseconds(200)) { transport in
                let body: HTTPRequest.Body = isStreamed ? .stream(pattern.body) : .bytes(ByteBuffer(string: "x"))
                let code = await code { _ = try await transport.send(HTTPRequest(.PUT, server.url, body: body)) }
                #expect(code == .timedOut)
            }
        }
    }

    @Test func aRefusedConnectionIsUnreachableAtOnce() async throws {
        // A port that is bound, so that no other test gets it, and on which nobody listens.
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                #expect(bind(descriptor, address, length) == 0)
                #expect(getsockname(descriptor, address, &length) == 0)
            }
        }
        let port = UInt16(bigEndian: address.sin_port)
        // Who tried again would do so for longer than the suite may take.
        try await withTransport(connectTimeout: .seconds(3600)) { transport in
            let code = await code { _ = try await transport.send(HTTPRequest(.GET, "http://127.0.0.1:\(port)/")) }
            #expect(code == .unreachable)
        }
    }

    @Test(arguments: [HTTPResponseStatus.serviceUnavailable, .permanentRedirect, .ok])
    func anEarlyResponseStopsTheBody(status: HTTPResponseStatus) async throws {
        try await ScriptedServer.run(.respondEarly(status)) { server in
            try await withTransport { transport in
                let produced = NIOLockedValueBox(0)
                let (answered, continuation) = AsyncStream.makeStream(of: Void.self)
                let endless = PartBody(length: 1 << 40) {
                    let count = produced.withLockedValue {
                        $0 += 1
                        return $0
                    }
                    // The second piece comes only when the response is there.
                    if count == 2 { for await _ in answered { break } }
                    return ByteBuffer(repeating: 7, count: 1 << 10)
                }
                let answer = try await transport.send(HTTPRequest(.PUT, server.url, body: .stream(endless)))
                #expect(answer.status == status)
                continuation.yield()
                await server.seen.waitForEnd()
                #expect(produced.withLockedValue { $0 } <= 2)
                _ = try await transport.send(HTTPRequest(.GET, server.url))
            }
        }
    }

    @Test func aCancelledTaskEndsItsRequest() async throws {
        try await ScriptedServer.run(.mute) { server in
            try await withTransport { transport in
                let (started, start) = AsyncStream.makeStream(of: Void.self)
                let (released, release) = AsyncStream.makeStream(of: Void.self)
                defer { release.finish() }
                let url = server.url
                let sending = Task {
                    try await transport.send(
                        HTTPRequest(
                            .PUT, url,
                            body: .stream(
                                PartBody(length: 10) {
                                    start.yield()
                                    for await _ in released {}
                                    return nil
                                })))
                }
                for await _ in started { break }
                sending.cancel()
                let code = await code { _ = try await sending.value }
                #expect(code == .cancelled)
                await server.seen.waitForEnd()
            }
        }
    }

    @Test(arguments: [HTTPResponseStatus.ok, .forbidden])
    func aProxyIsAskedForATunnel(status: HTTPResponseStatus) async throws {
        try await ScriptedServer.run(.answer(status)) { proxy in
            let rules = try ProxyRules(environment: ["http_proxy": "http://me:pw@127.0.0.1:\(proxy.port)"])
            try await withTransport(stallLimit: .milliseconds(200), proxies: rules) { transport in
                let code = await code { _ = try await transport.send(HTTPRequest(.GET, "http://storage.example/")) }
                let seen = try #require(proxy.seen.all.first)
                #expect(seen.method == .CONNECT && seen.uri == "storage.example:80")
                #expect(seen.headers["Proxy-Authorization"] == ["Basic bWU6cHc="])
                if status == .forbidden { #expect(code == .unreachable) }
            }
        }
    }

    @Test func aResponseOfUnreasonableLengthIsRefused() async throws {
        try await ScriptedServer.run(.answer(.ok, body: String(repeating: "x", count: 5000))) { server in
            try await withTransport(responseBytesMax: 4999) { transport in
                let code = await code { _ = try await transport.send(HTTPRequest(.GET, server.url)) }
                #expect(code == .invalidResponse)
            }
            try await withTransport(responseBytesMax: 5000) { transport in
                let answer = try await transport.send(HTTPRequest(.GET, server.url))
                #expect(answer.body.readableBytes == 5000)
            }
        }
    }

    @Test func whatIsNotHTTPIsAnInvalidResponse() async throws {
        try await ScriptedServer.run(.raw("220 mail.example ESMTP\r\n\r\n")) { server in
            try await withTransport { transport in
                let code = await code { _ = try await transport.send(HTTPRequest(.GET, server.url)) }
                #expect(code == .invalidResponse)
            }
        }
    }

    @Test(arguments: ["", "ftp://x/", "/path", "http://"])
    func aURLThatIsNoneIsRefused(url: String) async throws {
        try await withTransport { transport in
            let code = await code { _ = try await transport.send(HTTPRequest(.GET, url)) }
            #expect(code == .invalidResponse)
        }
    }

    @Test func aHeaderThatCanNotBeSentIsRejectedWithoutBeingShown() async throws {
        try await ScriptedServer.run(.answer(.ok)) { server in
            try await withTransport { transport in
                let error = await #expect(throws: UploadError.self) {
                    try await transport.send(HTTPRequest(.GET, server.url, headers: ["Authorization": "Bearer SECRET\nX: y"]))
                }
                #expect(error?.code == .rejected)
                #expect(error?.sentence.contains("SECRET") == false)
            }
        }
    }

    @Test func extraHeadersGoToTheDestinationOnly() async throws {
        try await ScriptedServer.run(.answer(.ok)) { server in
            let mine = ExtraHeaders(hosts: ["other.example", "127.0.0.1"], fields: [("X-Secret", "s"), ("X-Other", "o")])
            try await withTransport(extraHeaders: mine) { transport in
                _ = try await transport.send(HTTPRequest(.GET, server.url))
            }
            try await withTransport(extraHeaders: ExtraHeaders(hosts: ["elsewhere.example", ".elsewhere.example"], fields: mine.fields)) {
                transport in
                _ = try await transport.send(HTTPRequest(.GET, server.url))
            }
            #expect(server.seen.all.map { $0.headers["X-Secret"] } == [["s"], []])
        }
    }

    @Test func aDotStandsForTheHostsBelow() {
        let headers = ExtraHeaders(hosts: [".box.com", "Obs.Example"], fields: [])
        let reached = ["api.box.com", "fupload.app.box.com", "obs.example"]
        let others = ["box.com", "notbox.com", "box.com.example", "bkt.obs.example", ""]
        #expect(reached.allSatisfy(headers.reach) && !others.contains(where: headers.reach))
    }

    @Test func afterTheShutdownNothingIsSent() async throws {
        try await ScriptedServer.run(.answer(.ok)) { server in
            try await withTransport { transport in
                _ = try await transport.send(HTTPRequest(.GET, server.url))
                await transport.shutdown()
                let code = await code { _ = try await transport.send(HTTPRequest(.GET, server.url)) }
                #expect(code == .cancelled)
            }
        }
    }
}
