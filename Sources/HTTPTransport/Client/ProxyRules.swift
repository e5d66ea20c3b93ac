import struct Foundation.URLComponents

/// Which requests go through a proxy, by the variables that curl and Go's client obey: `https_proxy`, `http_proxy` and
/// `no_proxy`, the first and the last in capitals too. (`HTTP_PROXY` is left alone: a CGI request could set it.)
///
/// This machine and the link-local metadata server are always reached directly.
public struct ProxyRules: Sendable, Equatable {
    public struct Server: Sendable, Hashable {
        public enum Kind: Sendable, Hashable { case http, socks5 }

        public let kind: Kind
        public let host: String
        public let port: Int
        public let user: String?
        let password: Secret?
    }

    let http: Server?
    let https: Server?
    let exceptions: [String]

    public static let direct = ProxyRules(http: nil, https: nil, exceptions: [])

    init(http: Server?, https: Server?, exceptions: [String]) {
        self.http = http
        self.https = https
        self.exceptions = exceptions
    }

    /// - Throws: where a variable names no proxy that can be used.
    public init(environment: [String: String]) throws(TransportConfigurationError) {
        http = try Self.server(named: "http_proxy", in: environment, "http_proxy")
        https = try Self.server(named: "https_proxy", in: environment, "https_proxy", "HTTPS_PROXY")
        exceptions = (environment["no_proxy"] ?? environment["NO_PROXY"] ?? "")
            .split(whereSeparator: { $0 == "," || $0 == " " })
            .map { $0.lowercased() }
    }

    /// The proxy for a request; nil: directly.
    func server(for url: RequestURL) -> Server? {
        guard let server = url.scheme == "https" ? https : http, !isException(host: url.host, port: url.port) else { return nil }
        return server
    }

    private func isException(host: String, port: Int) -> Bool {
        if RequestURL.isLoopback(host) || host.hasPrefix("169.254.") || host == "metadata.google.internal" { return true }
        return exceptions.contains { Self.matches($0, host: host, port: port) }
    }

    /// `*`, a host, a domain (with or without a leading dot) that stands for everything below it, each with or without a port.
    private static func matches(_ exception: String, host: String, port: Int) -> Bool {
        if exception == "*" { return true }
        var name = exception[...]
        if exception.filter({ $0 == ":" }).count == 1, let colon = exception.lastIndex(of: ":") {
            guard Int(exception[exception.index(after: colon)...]) == port else { return false }
            name = exception[..<colon]
        }
        if name.hasPrefix("*.") { name.removeFirst(1) }
        if name.hasPrefix(".") { name.removeFirst(1) }
        return host == name || host.hasSuffix("." + name)
    }

    private static func server(
        named name: String, in environment: [String: String], _ variables: String...
    ) throws(TransportConfigurationError) -> Server? {
        guard let text = variables.lazy.compactMap({ environment[$0] }).first(where: { !$0.isEmpty }) else { return nil }
        let url = URLComponents(string: text.contains("://") ? text : "http://\(text)")
        guard let url, let host = url.host, !host.isEmpty, (1...65_535).contains(url.port ?? 1), (url.rangeOfPort == nil) == (url.port == nil) else {
            throw TransportConfigurationError("the environment variable \(name) must be the URL of a proxy, such as http://HOST:PORT")
        }
        switch url.scheme?.lowercased() {
        case "http":
            return Server(kind: .http, host: host, port: url.port ?? 80, user: url.user, password: url.password.map(Secret.init))
        case "socks5", "socks5h":
            return Server(kind: .socks5, host: host, port: url.port ?? 1080, user: nil, password: nil)
        default:
            throw TransportConfigurationError("\(name) names a proxy of the kind \(url.scheme ?? ""), which is not supported; use http or socks5")
        }
    }
}

/// Why the transport cannot be set up: one sentence for stderr.
public struct TransportConfigurationError: Error, Equatable, CustomStringConvertible {
    public let sentence: String

    init(_ sentence: String) {
        self.sentence = sentence
    }

    public var description: String { sentence }
}
