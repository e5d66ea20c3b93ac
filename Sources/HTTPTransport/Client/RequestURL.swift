import struct Foundation.URLComponents

/// The parts of a request's URL that the transport decides on.
package struct RequestURL: Sendable, Equatable {
    package let scheme: String
    package let host: String
    package let port: Int
    package let path: String

    /// Nil where `text` is no http or https URL.
    package init?(_ text: String) {
        guard let components = URLComponents(string: text), let scheme = components.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = components.host?.lowercased(), !host.isEmpty
        else { return nil }
        self.scheme = scheme
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = components.port ?? (scheme == "https" ? 443 : 80)
        path = components.percentEncodedPath
    }

    /// For logs: without the query, which is where session URLs keep their secret.
    package var redacted: String { "\(scheme)://\(host):\(port)\(path)" }

    /// Whether the host is this machine.
    package static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host.hasSuffix(".localhost") || host == "::1" || host.hasPrefix("127.")
    }
}
