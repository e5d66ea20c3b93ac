import NIOCore
import NIOHTTP1
import UploadCore

/// Sends one HTTP request and returns its response, whatever its status: judging the status is the backend's work.
///
/// - No redirect is followed: 308 is a response of the resumable protocols.
/// - Nothing is retried.
/// - An error that the body's producer throws comes out of `send` as itself and leaves the request unfinished, so that no
///   server takes it for complete. A cancelled task gets `UploadError(.cancelled)`.
/// - A server may respond before the body has ended; the producer is then not called again. One call of it may still be
///   running when `send` returns.
public protocol HTTPTransport: Sendable {
    func send(_ request: HTTPRequest) async throws(UploadError) -> HTTPResponse
}

public struct HTTPRequest: Sendable {
    public enum Body: Sendable {
        case none
        case bytes(ByteBuffer)
        /// Produced while it is sent, with a `Content-Length`; it cannot be sent a second time.
        case stream(PartBody)
    }

    public var method: HTTPMethod
    public var url: String
    public var headers: HTTPHeaders
    public var body: Body
    /// Ends the request after so long, however lively it is; nil: only a stall ends it.
    public var timeout: Duration?

    public init(
        _ method: HTTPMethod, _ url: String, headers: HTTPHeaders = [:], body: Body = .none, timeout: Duration? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }

    /// Whether the request can be sent again as it is.
    public var canBeReplayed: Bool {
        if case .stream = body { false } else { true }
    }
}

public struct HTTPResponse: Sendable {
    public var status: HTTPResponseStatus
    public var headers: HTTPHeaders
    /// The whole body; the transport bounds its length.
    public var body: ByteBuffer

    public init(status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
