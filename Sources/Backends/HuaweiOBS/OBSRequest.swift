import HTTPTransport
import NIOHTTP1
import UploadCore

/// A request to OBS before it has a URL, a date and a signature.
struct OBSRequest: Sendable {
    var method: HTTPMethod
    /// nil for the bucket itself.
    var key: ObjectKey?
    /// In the order of the URL; a name without a value is a sub-resource such as `uploads`.
    var query: [(name: String, value: String?)] = []
    var headers: HTTPHeaders = [:]
    var body: HTTPRequest.Body = .none
    /// nil for what a request may take at all.
    var timeout: Duration?

    init(
        _ method: HTTPMethod, _ key: ObjectKey?, query: [(name: String, value: String?)] = [], headers: HTTPHeaders = [:],
        body: HTTPRequest.Body = .none, timeout: Duration? = nil
    ) {
        self.method = method
        self.key = key
        self.query = query
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }

    var canBeReplayed: Bool {
        if case .stream = body { false } else { true }
    }

    func url(at destination: OBSDestination) -> String {
        let parts = destination.endpoint.pieces(at: "/", maxSplits: 2)
        let base =
            destination.isPathStyle || parts.count < 3
            ? "\(destination.endpoint)/\(destination.bucket)" : "\(parts[0])//\(destination.bucket).\(parts[2])"
        let path = key.map { "/\(Self.encode($0))" } ?? (destination.isPathStyle ? "" : "/")
        let fields = query.map { field in
            PercentEncoding.encode(field.name) + (field.value.map { "=\(PercentEncoding.encode($0))" } ?? "")
        }
        return base + path + (fields.isEmpty ? "" : "?" + fields.joined(separator: "&"))
    }

    /// A key in a URL keeps its slashes.
    static func encode(_ key: ObjectKey) -> String {
        PercentEncoding.encodePath(key.text)
    }
}
