import AsyncHTTPClient
import NIOConcurrencyHelpers
import NIOCore

/// One HTTP client per proxy in use, made when it is first needed: a client takes its proxy for good.
final class ClientPool: Sendable {
    private struct State {
        var clients: [ProxyRules.Server?: HTTPClient] = [:]
        var isShutDown = false
    }

    private let configuration: AsyncHTTPTransport.Configuration
    private let state = NIOLockedValueBox(State())

    init(_ configuration: AsyncHTTPTransport.Configuration) {
        self.configuration = configuration
    }

    func client(via proxy: ProxyRules.Server?) throws -> HTTPClient {
        try state.withLockedValue { state in
            if state.isShutDown { throw HTTPClientError.alreadyShutdown }
            if let client = state.clients[proxy] { return client }
            let client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: settings(proxy))
            state.clients[proxy] = client
            return client
        }
    }

    func shutdown() async {
        let clients = state.withLockedValue { state in
            state.isShutDown = true
            defer { state.clients = [:] }
            return Array(state.clients.values)
        }
        for client in clients {
            // Its only error says that it has been shut down before.
            try? await client.shutdown()
        }
    }

    private func settings(_ proxy: ProxyRules.Server?) -> HTTPClient.Configuration {
        var settings = HTTPClient.Configuration(redirectConfiguration: .disallow)
        settings.httpVersion = .http1Only
        settings.timeout.connect = TimeAmount(configuration.connectTimeout)
        settings.timeout.read = TimeAmount(configuration.stallLimit)
        settings.connectionPool.idleTimeout = TimeAmount(configuration.idleTimeout)
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = configuration.connectionsPerHostMax
        // Who waits and tries again is the engine: a refused connection is to be known at once, not after the timeout.
        settings.connectionPool.retryConnectionEstablishment = false
        settings.tlsConfiguration = configuration.trustRoots.tlsConfiguration
        settings.proxy = proxy.map(Self.proxy)
        // Meant for debugging, but the library has no other way to look at a response before its state machine does.
        settings.http1_1ConnectionDebugInitializer = ResponseGate.install
        return settings
    }

    private static func proxy(_ server: ProxyRules.Server) -> HTTPClient.Configuration.Proxy {
        switch server.kind {
        case .socks5:
            return .socksServer(host: server.host, port: server.port)
        case .http:
            let authorization = server.user.map { HTTPClient.Authorization.basic(username: $0, password: server.password?.value ?? "") }
            return .server(host: server.host, port: server.port, authorization: authorization)
        }
    }
}
