import Foundation
import HTTPTransport
import NIOCore
import NIOHTTP1

/// The error document of Google's JSON APIs, as far as it is one.
struct GoogleRefusal {
    var reason: String?
    var message: String?

    private struct Document: Decodable {
        struct Failure: Decodable {
            let message: String?
            let errors: [Detail]?
            /// One of the names of google.rpc.Code.
            let status: String?
            /// Anything; a google.rpc.ErrorInfo among them has a reason.
            let details: [Detail]?

            var reason: String? { ((errors ?? []) + (details ?? [])).lazy.compactMap(\.reason).first ?? status }
        }
        let error: Failure
    }

    private struct Detail: Decodable {
        let reason: String?

        private enum CodingKeys: CodingKey { case reason }

        init(from decoder: any Decoder) throws {
            reason = try? decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .reason)
        }
    }

    init(_ response: HTTPResponse) {
        let failure = try? JSONDecoder().decode(Document.self, from: Data(response.body.readableBytesView)).error
        reason = failure?.reason
        message = failure?.message
        if failure == nil, response.headers.first(name: "Content-Type")?.lowercased().hasPrefix("text/plain") ?? false {
            message = String(decoding: response.body.readableBytesView.prefix(Self.charactersMax * 4), as: UTF8.self)
        }
    }

    private static let charactersMax = 200

    /// The server's own words, for the end of a sentence; on one line and of bounded length.
    var quoted: String {
        // A server that repeats the session's URL must not make us print it.
        guard let message, !message.isEmpty, !message.contains("upload_id") else { return "" }
        let line = message.prefix(Self.charactersMax).map { $0.isNewline ? " " : $0 }
        let text = String(line).trimmingCharacters(in: .whitespaces)
        return ": \(text.hasSuffix(".") ? String(text.dropLast()) : text)"
    }

    var namesDigest: Bool {
        guard let message = message?.lowercased() else { return false }
        return message.contains("match") && ["crc32c", "md5", "digest", "checksum"].contains { message.contains($0) }
    }

    /// The service says "The specified bucket does not exist." or "No such object: BUCKET/KEY", with the same reason.
    var namesBucket: Bool {
        message?.lowercased().hasPrefix("the specified bucket") ?? false
    }
}
