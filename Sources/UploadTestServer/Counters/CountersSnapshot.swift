/// What the server had received at one moment. Control requests (`/_test/…`) are not counted.
public struct CountersSnapshot: Sendable, Codable, Hashable {
    public struct Object: Sendable, Codable, Hashable {
        public var requests = 0
        /// Bytes of content, without multipart framing and JSON, and whether or not they were kept.
        public var bodyBytes: Int64 = 0
        /// Of these, the bytes at offsets that the server had already.
        public var resentBytes: Int64 = 0
        public var requestsByKind: [String: Int] = [:]

        enum CodingKeys: String, CodingKey {
            case requests
            case bodyBytes = "body_bytes"
            case resentBytes = "resent_bytes"
            case requestsByKind = "requests_by_kind"
        }
    }

    public var requests = 0
    public var bodyBytes: Int64 = 0
    public var requestsByKind: [String: Int] = [:]
    /// Connections accepted, not those open now.
    public var connections = 0
    /// Requests that the server is busy with at this moment; their clients may be gone already.
    public var requestsInFlight = 0
    /// Upload sessions that are neither complete nor dropped.
    public var openSessions = 0
    /// By `BUCKET/KEY`.
    public var objects: [String: Object] = [:]

    enum CodingKeys: String, CodingKey {
        case requests
        case bodyBytes = "body_bytes"
        case requestsByKind = "requests_by_kind"
        case connections
        case requestsInFlight = "requests_in_flight"
        case openSessions = "open_sessions"
        case objects
    }
}
