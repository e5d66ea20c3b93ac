import Foundation
import HTTPTransport
import NIOCore

/// The error document of the API, as far as a response is one.
struct BoxRefusal {
    let code: String?
    /// The item that has the name already.
    let conflict: BoxJSON.Item?
    private let message: String?

    private struct Document: Decodable {
        struct Context: Decodable { let conflicts: Conflicts? }
        let code: String?
        let message: String?
        let context_info: Context?
    }

    /// A list for folders, a single object for files.
    private struct Conflicts: Decodable {
        let items: [BoxJSON.Item]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            items = (try? container.decode([BoxJSON.Item].self)) ?? (try? container.decode(BoxJSON.Item.self)).map { [$0] } ?? []
        }
    }

    init(_ response: HTTPResponse) {
        let document = try? JSONDecoder().decode(Document.self, from: Data(response.body.readableBytesView))
        code = document?.code
        message = document?.message
        conflict = document?.context_info?.conflicts?.items.first
    }

    private static let charactersMax = 200

    /// The server's own words, for the end of a sentence; on one line and of bounded length.
    var quoted: String {
        // A server that repeats the session's URL must not make us print it.
        guard let words = message ?? code, !words.isEmpty, !words.contains("upload_sessions") else { return "" }
        let line = String(words.prefix(Self.charactersMax).map { $0.isNewline ? " " : $0 }).trimmingCharacters(in: .whitespaces)
        return ": \(line.hasSuffix(".") ? String(line.dropLast()) : line)"
    }
}
