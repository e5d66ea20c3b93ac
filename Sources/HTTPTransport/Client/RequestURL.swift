import struct Foundation.URLComponents

/// The parts of a request's URL that the transport decides on.
package struct RequestURL: Sendable, Equatable {
    package let scheme: String
    package let host: String
    package let port: Int
    package let path: String

    /// Nil where `text` is no http or https URL with a port from 1 to 65535: the client library ends the program over another one.
    package init?(_ text: String) {
        guard let components = URLComponents(string: text), let scheme = components.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = components.host?.lowercased(), !host.isEmpty
        else { return nil }
        // The range is one of the components' own text, which differs from `text` where characters had to be escaped.
        let named = components.rangeOfPort.map { !$0.isEmpty } ?? false
        let port = !named ? (scheme == "https" ? 443 : 80) : components.port ?? 0
        guard (1...65_535).contains(port) else { return nil }
        self.port = port
        self.scheme = scheme
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        path = components.percentEncodedPath
    }

    /// For logs: without the query, which is where session URLs keep their secret.
    package var redacted: String { "\(scheme)://\(host):\(port)\(path)" }

    /// Whether the host is this machine.
    package static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host.hasSuffix(".localhost") || host == "::1" || host.hasPrefix("127.")
    }
}
