import HTTPTransport
import UploadCore

/// The hosts of a destination's service: nothing secret goes anywhere else, whatever a response or a stored session says.
struct ServiceHosts: Sendable {
    private struct Origin: Equatable {
        let scheme: String
        let host: String
        let port: Int
    }

    private let origins: [Origin]

    /// Services that give sessions on any of their hosts.
    private static let domains = [".googleapis.com", ".box.com"]

    /// - Parameter endpoints: the URLs that the user or the service's documentation names.
    init(_ endpoints: String...) {
        self.init(endpoints)
    }

    init(_ endpoints: [String]) {
        origins = endpoints.compactMap(RequestURL.init).map(Self.origin)
    }

    /// Whether `url` has scheme, host and port of one of the endpoints; or, where that is a host of the service itself, is on
    /// another one of its hosts over TLS.
    func include(_ url: String) -> Bool {
        guard url.utf8.count <= HTTPBounds.urlBytesMax, let parsed = RequestURL(url) else { return false }
        let origin = Self.origin(parsed)
        return origins.contains { endpoint in
            if origin == endpoint { return true }
            return origin.scheme == "https" && endpoint.scheme == "https" && origin.port == 443
                && Self.domains.contains { origin.host.hasBytes(suffix: $0) && endpoint.host.hasBytes(suffix: $0) }
        }
    }

    private static func origin(_ url: RequestURL) -> Origin {
        Origin(scheme: url.scheme, host: url.host, port: url.port)
    }
}
