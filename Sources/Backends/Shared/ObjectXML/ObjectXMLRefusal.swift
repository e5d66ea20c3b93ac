import Foundation
import HTTPTransport
import NIOCore
import NIOHTTP1

/// The error document of the services that respond in XML, as far as a response has one.
///
/// A request that takes long may get a response with status 200 before its outcome is known, and the error comes as the body.
struct ObjectXMLRefusal {
    let code: String?
    /// The host that serves the bucket, where the response sends the client there.
    let endpoint: String?
    private let message: String?

    private static let charactersMax = 200

    init(_ response: HTTPResponse) {
        let root = try? XMLReader.read(response.body.readableBytesView)
        let error = root?.name == "Error" ? root : nil
        code = error?["Code"].map { String($0.prefix(Self.charactersMax)) }
        endpoint = error?["Endpoint"]
        message = error?["Message"]
    }

    /// Whether a response that says 200 carries an error.
    static func isInside(_ response: HTTPResponse) -> Bool { ObjectXMLRefusal(response).code != nil }

    /// The server's own words, for the end of a sentence; on one line and of bounded length.
    var quoted: String {
        guard let message, !message.isEmpty else { return code.map { " (\($0))" } ?? "" }
        let line = message.prefix(Self.charactersMax).map { $0.isNewline ? " " : $0 }
        let text = String(line).trimmingCharacters(in: .whitespaces)
        return ": \(text.hasSuffix(".") ? String(text.dropLast()) : text)" + (code.map { " (\($0))" } ?? "")
    }
}
