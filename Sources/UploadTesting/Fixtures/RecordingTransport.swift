import HTTPTransport
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import UploadCore

/// A transport without a network: notes each request with its whole body, and responds by a script.
public final class RecordingTransport: HTTPTransport {
    public struct Sent: Sendable {
        public let method: HTTPMethod
        public let url: String
        public let headers: HTTPHeaders
        public let body: ByteBuffer
        /// Whether the body came as a stream.
        public let isStreamed: Bool

        public var text: String { String(buffer: body) }
    }

    public typealias Respond = @Sendable (Sent) async throws(UploadError) -> HTTPResponse

    private let requests = NIOLockedValueBox<[Sent]>([])
    private let respond: Respond

    public init(_ respond: @escaping Respond) {
        self.respond = respond
    }

    /// Gives these responses one after the other, and the last one from then on.
    public convenience init(responses: HTTPResponse...) {
        let left = NIOLockedValueBox(responses)
        self.init { _ throws(UploadError) in
            let next = left.withLockedValue { $0.count > 1 ? $0.removeFirst() : $0.first }
            guard let next else { throw UploadError(.unreachable, "no response was prepared") }
            return next
        }
    }

    public var sent: [Sent] { requests.withLockedValue { $0 } }

    public func send(_ request: HTTPRequest) async throws(UploadError) -> HTTPResponse {
        let sent = Sent(
            method: request.method, url: request.url, headers: request.headers, body: try await Self.collect(request.body),
            isStreamed: !request.canBeReplayed)
        requests.withLockedValue { $0.append(sent) }
        return try await respond(sent)
    }

    private static func collect(_ body: HTTPRequest.Body) async throws(UploadError) -> ByteBuffer {
        switch body {
        case .none: return ByteBuffer()
        case .bytes(let bytes): return bytes
        case .stream(let pieces):
            var all = ByteBuffer()
            do {
                for try await piece in pieces { all.writeImmutableBuffer(piece) }
            } catch let error as UploadError {
                throw error
            } catch {
                throw UploadError(.unreadable, "\(error)")
            }
            return all
        }
    }
}

extension HTTPResponse {
    public init(_ status: HTTPResponseStatus, headers: HTTPHeaders = [:], text: String) {
        self.init(status: status, headers: headers, body: ByteBuffer(string: text))
    }
}
