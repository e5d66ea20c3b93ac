import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import UploadCore

/// The transport over AsyncHTTPClient: HTTP/1.1 with kept connections, no redirects, no retries.
///
/// No thread exists before the first request, so that it may be made before the program daemonises.
/// `shutdown` has to be called before the last reference goes.
public final class AsyncHTTPTransport: HTTPTransport {
    private let configuration: Configuration
    private let clients: ClientPool
    private let logger: Logger

    public init(_ configuration: Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        clients = ClientPool(configuration)
    }

    /// Makes the event loops that all requests share. They need descriptors, and end the process where there are none left, so a
    /// long-lived process makes them while there are.
    public static func makeEventLoops() {
        _ = HTTPClient.defaultEventLoopGroup.any()
    }

    /// Closes all connections; requests in flight fail as cancelled.
    public func shutdown() async {
        await clients.shutdown()
    }

    public func send(_ request: HTTPRequest) async throws(UploadError) -> HTTPResponse {
        guard let url = RequestURL(request.url) else {
            throw UploadError(.invalidResponse, "the server returned an invalid URL")
        }
        let started = ContinuousClock.now
        do {
            let client = try clients.client(via: configuration.proxies.server(for: url))
            let answer = try await exchange(request, url, client)
            log(request, url, started, "status", "\(answer.status.code)")
            return answer
        } catch {
            // A task that is cancelled sees all kinds of errors from the connection it tore down.
            let failure = Task.isCancelled && !(error is UploadError) ? CancellationError() : error
            let classified = TransportFaults.classify(failure, host: url.host)
            log(request, url, started, "error", classified.code.rawValue)
            throw classified
        }
    }

    private func exchange(_ request: HTTPRequest, _ url: RequestURL, _ client: HTTPClient) async throws -> HTTPResponse {
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = request.method
        outgoing.headers = headers(of: request, url)
        try RequestGate.check(request, outgoing.headers)
        switch request.body {
        case .none:
            return try await execute(outgoing, limit: request.timeout, client)
        case .bytes(let bytes):
            outgoing.body = .bytes(bytes)
            return try await execute(outgoing, limit: request.timeout, client)
        case .stream(let body):
            return try await stream(ObservedBody(body), in: outgoing, limit: request.timeout, client)
        }
    }

    private func headers(of request: HTTPRequest, _ url: RequestURL) -> HTTPHeaders {
        var headers = request.headers
        headers.replaceOrAdd(name: "User-Agent", value: configuration.userAgent)
        if configuration.extraHeaders.reach(url.host) {
            for field in configuration.extraHeaders.fields {
                headers.replaceOrAdd(name: field.name, value: field.value)
            }
        }
        return headers
    }

    /// A request whose body is in memory: the client's own deadline watches over it.
    private func execute(_ request: HTTPClientRequest, limit: Duration?, _ client: HTTPClient) async throws -> HTTPResponse {
        let response = try await client.execute(request, timeout: TimeAmount(limit ?? configuration.stallLimit))
        return try await wholeResponse(response)
    }

    /// A request whose body is produced while it is sent. None of the client's timeouts notices a server that stops reading in
    /// the middle of it, so a watchdog looks after its progress.
    private func stream(
        _ body: ObservedBody, in request: HTTPClientRequest, limit: Duration?, _ client: HTTPClient
    ) async throws -> HTTPResponse {
        defer { body.end() }
        var outgoing = request
        outgoing.body = .stream(body.pieces, length: .known(body.length))
        let whole = outgoing
        let deadline = limit.map { NIODeadline.now() + TimeAmount($0) } ?? .distantFuture
        do {
            let answer = try await Watchdog.run(limit: configuration.stallLimit, lastProgress: { body.lastProgress }) {
                let response = try await client.execute(whole, deadline: deadline)
                body.noteProgress()
                return try await self.wholeResponse(response)
            }
            if let failure = body.failure { throw Self.ofProducer(failure) }
            return answer
        } catch {
            throw body.failure.map(Self.ofProducer) ?? error
        }
    }

    /// A producer throws `UploadError` or `CancellationError`; anything else is an error of the local disk.
    private static func ofProducer(_ error: any Error) -> any Error {
        if error is UploadError || error is CancellationError { return error }
        return UploadError(.unreadable, "the file cannot be read: \(error)")
    }

    /// The response's body has to come as a whole within one stall limit: a byte now and then is no progress. The client's own
    /// deadline ends with the response's head, and its read timeout with each byte.
    private func wholeResponse(_ response: HTTPClientResponse) async throws -> HTTPResponse {
        var body = ByteBuffer()
        let deadline = ContinuousClock.now + configuration.stallLimit
        for try await piece in response.body {
            if ContinuousClock.now > deadline { throw Stalled() }
            guard body.readableBytes + piece.readableBytes <= configuration.responseBytesMax else { throw ResponseTooLong() }
            body.writeImmutableBuffer(piece)
        }
        try Task.checkCancellation()
        return HTTPResponse(status: response.status, headers: response.headers, body: body)
    }

    private func log(_ request: HTTPRequest, _ url: RequestURL, _ started: ContinuousClock.Instant, _ key: String, _ value: String) {
        logger.debug(
            "HTTP request",
            metadata: [
                "method": "\(request.method)", "url": "\(url.redacted)", key: "\(value)", "took": "\(ContinuousClock.now - started)",
            ])
    }
}
