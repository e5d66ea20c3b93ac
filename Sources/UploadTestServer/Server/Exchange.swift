import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// One request on its way through the server, with the connection that it came on.
struct Exchange: Sendable {
    let request: Request
    let target: RequestTarget
    let channel: any Channel

    init(_ request: Request, on channel: any Channel) {
        self.request = request
        self.target = RequestTarget(request.head.path ?? "/")
        self.channel = channel
    }

    var method: HTTPRequest.Method { request.method }

    func header(_ name: String) -> String? {
        HTTPField.Name(name).flatMap { request.headers[$0] }
    }

    /// How the client reaches this server, for addresses in answers.
    var baseURL: String {
        "http://\(request.head.authority ?? channel.localAddress?.port.map { "127.0.0.1:\($0)" } ?? "127.0.0.1")"
    }

    /// The declared length of the body; nil for a chunked one.
    var contentLength: Int64? { header("content-length").flatMap { Int64($0) } }

    /// A whole small body.
    func collectBody(upTo limit: Int = 1 << 20) async throws -> Data {
        var data = Data()
        for try await piece in request.body {
            guard data.count + piece.readableBytes <= limit else { throw BodyTooLarge() }
            data.append(contentsOf: piece.readableBytesView)
        }
        return data
    }
}

/// A body that is held in memory, JSON or a form, is larger than any real one.
struct BodyTooLarge: Error {}
