import UploadCore

extension AsyncHTTPTransport {
    public struct Configuration: Sendable {
        /// `uploadfs/VERSION`.
        public var userAgent: String
        /// A connection that is not there after so long counts as unreachable.
        public var connectTimeout: Duration = .seconds(5)
        /// A request that neither takes a piece of its body nor responds for so long has stalled.
        public var stallLimit: Duration = .seconds(60)
        /// Connections to one host at once. It has to exceed the uploads at once: a request that finds none free waits no
        /// longer than `connectTimeout`.
        public var connectionsPerHostMax = 64
        /// An idle connection is closed after so long, before the service does it in the middle of a new request.
        public var idleTimeout: Duration = .seconds(50)
        /// Responses are descriptions and errors, never content: a longer one is refused.
        public var responseBytesMax = 1 << 20
        public var proxies: ProxyRules
        public var trustRoots: TrustRoots
        public var extraHeaders: ExtraHeaders

        public init(
            userAgent: String, proxies: ProxyRules = .direct, trustRoots: TrustRoots = .system, extraHeaders: ExtraHeaders = .none
        ) {
            self.userAgent = userAgent
            self.proxies = proxies
            self.trustRoots = trustRoots
            self.extraHeaders = extraHeaders
        }
    }
}

/// Headers that the user adds with `extra_header`. They may carry secrets, so only the destination's own hosts get them: not a token
/// endpoint elsewhere, and not another host that a session URL names.
public struct ExtraHeaders: Sendable {
    /// One that begins with a dot stands for every host whose name ends so.
    public let hosts: [String]
    public let fields: [(name: String, value: String)]

    public static let none = ExtraHeaders(hosts: [], fields: [])

    public init(hosts: [String], fields: [(name: String, value: String)]) {
        self.hosts = hosts.map { $0.lowercased() }
        self.fields = fields
    }

    public func reach(_ host: String) -> Bool {
        hosts.contains { $0.hasPrefix(".") ? host.hasSuffix($0) : host == $0 }
    }
}
