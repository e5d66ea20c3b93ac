import HTTPTransport
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import UploadCore
import UploadTesting

/// What the server does with a connection's first request.
enum ServerScript: Sendable {
    /// Reads everything, then answers.
    case answer(HTTPResponseStatus, headers: HTTPHeaders = [:], body: String = "")
    /// Answers as soon as the head is there, and reads on.
    case respondEarly(HTTPResponseStatus)
    /// Resets the connection when a first piece of the body has come.
    case reset
    /// Reads a first piece of the body and nothing after it.
    case stall
    /// Reads everything and never answers.
    case mute
    /// Responds, and sends a byte of a long body now and then.
    case drip
    /// Sends these bytes as they are.
    case raw(String)
}

/// What the server saw of one request.
struct SeenRequest: Sendable {
    var method: HTTPMethod
    var uri: String
    var headers: HTTPHeaders
    var body = ByteBuffer()
    /// Whether the whole request came, by its own account of its length.
    var isComplete = false
}

/// A server on a free loopback port that behaves as scripted, to every request in the same way.
final class ScriptedServer: Sendable {
    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup
    let seen: SeenRequests

    var url: String { "http://127.0.0.1:\(port)" }
    var port: Int { channel.localAddress?.port ?? 0 }

    static func run<Result>(_ script: ServerScript, _ body: (ScriptedServer) async throws -> Result) async throws -> Result {
        let server = try await ScriptedServer(script)
        do {
            let result = try await body(server)
            try await server.stop()
            return result
        } catch {
            try await server.stop()
            throw error
        }
    }

    private init(_ script: ServerScript) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let seen = SeenRequests()
        self.group = group
        self.seen = seen
        channel = try await ServerBootstrap(group: group)
            .childChannelOption(.autoRead, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    seen.connected()
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: false)
                    try channel.pipeline.syncOperations.addHandler(ScriptHandler(script, seen))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    private func stop() async throws {
        try await channel.close()
        try await group.shutdownGracefully()
    }
}

/// The requests that a server saw, and when a connection ended.
final class SeenRequests: Sendable {
    private let requests = NIOLockedValueBox<[SeenRequest]>([])
    private let connections = NIOLockedValueBox(0)
    private let ends = AsyncStream.makeStream(of: Void.self)

    var all: [SeenRequest] { requests.withLockedValue { $0 } }
    var connectionCount: Int { connections.withLockedValue { $0 } }

    func connected() { connections.withLockedValue { $0 += 1 } }
    func closed() { ends.continuation.yield() }

    /// Returns when a connection has ended since the last call.
    func waitForEnd() async {
        for await _ in ends.stream { return }
    }

    func begin(_ head: HTTPRequestHead) {
        requests.withLockedValue { $0.append(SeenRequest(method: head.method, uri: head.uri, headers: head.headers)) }
    }

    func update(_ change: (inout SeenRequest) -> Void) {
        requests.withLockedValue { if !$0.isEmpty { change(&$0[$0.count - 1]) } }
    }
}

private final class ScriptHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let script: ServerScript
    private let seen: SeenRequests

    init(_ script: ServerScript, _ seen: SeenRequests) {
        self.script = script
        self.seen = seen
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            seen.begin(head)
            if case .respondEarly(let status) = script { answer(context, status, [:], "") }
        case .body(let piece):
            seen.update { $0.body.writeImmutableBuffer(piece) }
            interfere(context)
        case .end:
            seen.update { $0.isComplete = true }
            finish(context)
        }
    }

    private func interfere(_ context: ChannelHandlerContext) {
        switch script {
        case .reset:
            // With a linger time of 0 the kernel sends RST instead of FIN.
            _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            context.close(promise: nil)
        case .stall:
            context.channel.setOption(.autoRead, value: false).whenComplete { _ in }
        default: break
        }
    }

    private func finish(_ context: ChannelHandlerContext) {
        switch script {
        case .answer(let status, let headers, let body): answer(context, status, headers, body)
        case .drip:
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Length": "100000"])
            context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
            let channel = context.channel
            context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(20)) { task in
                guard channel.isActive else { return task.cancel() }
                channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: " "))), promise: nil)
            }
        case .raw(let text):
            context.channel.pipeline.context(handlerType: HTTPResponseEncoder.self).whenSuccess { encoder in
                encoder.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
            }
        default: break
        }
    }

    private func answer(_ context: ChannelHandlerContext, _ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: String) {
        var all = headers
        all.replaceOrAdd(name: "Content-Length", value: String(body.utf8.count))
        context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: all))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        seen.closed()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

/// Runs `body` with a transport of its own.
func withTransport<Result>(
    connectTimeout: Duration = .seconds(5), stallLimit: Duration = .seconds(60), extraHeaders: ExtraHeaders = .none, responseBytesMax: Int = 1 << 20,
    proxies: ProxyRules = .direct, trustRoots: TrustRoots = .system,
    _ body: (AsyncHTTPTransport) async throws -> Result
) async throws -> Result {
    var configuration = AsyncHTTPTransport.Configuration(
        userAgent: "uploadfs/test", proxies: proxies, trustRoots: trustRoots, extraHeaders: extraHeaders)
    configuration.connectTimeout = connectTimeout
    configuration.stallLimit = stallLimit
    configuration.responseBytesMax = responseBytesMax
    let transport = AsyncHTTPTransport(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    do {
        let result = try await body(transport)
        await transport.shutdown()
        return result
    } catch {
        await transport.shutdown()
        throw error
    }
}
