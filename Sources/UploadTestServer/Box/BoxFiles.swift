import HTTPTypes
import Hummingbird

/// Requests about files that exist.
extension Box {
    func getFile(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await pass(.get, tree[id].map(tree.name(of:)), exchange) { fault in
            answer(tree.json(try tree.file(id), fault), exchange)
        }
    }

    func updateFile(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await update(exchange, id) { try tree.file(id) }
    }

    func trashFile(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await pass(.delete, tree[id].map(tree.name(of:)), exchange) { _ in
            try tree.trash(try tree.file(id).id, ifMatch: exchange.ifMatch)
            return Response(status: .noContent)
        }
    }

    /// The content lies on another host, behind an address that needs no token.
    func redirectToContent(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await pass(.get, tree[id].map(tree.name(of:)), exchange) { _ in
            let file = try tree.file(id)
            return Response(status: .found, headers: [.location: "\(exchange.baseURL)/box/download/\(id)/\(file.version)"])
        }
    }

    func download(_ exchange: Exchange, _ id: String, version: String) async throws -> Response {
        try await pass(.download, tree[id].map(tree.name(of:)), exchange) { fault in
            let file = try tree.file(id)
            guard file.version == version, let (record, content) = try tree.openContent(of: file) else { throw BoxError.notFound(id) }
            return try MediaDownload(file: content, record: record, etag: file.etag).response(exchange, fault)
        }
    }
}

/// When the content was made and changed, as clients say.
struct BoxContentTimes {
    let fields: [String: JSONValue]

    init(_ attributes: [String: JSONValue]) throws {
        var fields: [String: JSONValue] = [:]
        for name in ["content_created_at", "content_modified_at"] {
            if let time = attributes[name]?.string { fields[name] = .string(try BoxTimestamp.normalized(time)) }
        }
        self.fields = fields
    }
}
