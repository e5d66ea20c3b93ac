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
    var contentLength: Int64? { header("content-length").flatMap { Int64($0) }.map { min($0, Self.lengthMax) } }

    /// More than any object has, and so little that lengths and offsets can be added, in bytes.
    static let lengthMax: Int64 = 1 << 60

    /// How many entries of a list a client asks for at most, by a parameter of the query.
    func limit(_ parameter: String, upTo max: Int, from min: Int = 0) -> Int {
        let asked = target[parameter].flatMap { Int($0) } ?? max
        return Swift.min(Swift.max(asked, min), max)
    }

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
