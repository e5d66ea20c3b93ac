import Foundation
import HTTPTypes
import Hummingbird

/// Box's API: `/box/2.0` for what api.box.com does, `/box/api/2.0` for upload.box.com, `/box/oauth2` for tokens.
struct Box: Sendable {
    let tree: BoxTree
    let sessions: BoxSessionStore
    let tokens: BoxTokenEndpoint
    let control: BoxControl
    let gate: FaultGate

    /// - Parameter root: the server's; this service has the directory `box` in it.
    init(root: String, control: BoxControl, gate: FaultGate) throws {
        let layout = try StorageLayout(root: "\(root)/box")
        tree = try BoxTree(layout: layout)
        sessions = try BoxSessionStore(layout: layout)
        tokens = try BoxTokenEndpoint(layout: layout, control: control, gate: gate)
        self.control = control
        self.gate = gate
        gate.counters.countOpenSessions { [sessions] in sessions.openCount }
    }

    /// Nil if the path is not one of this API's.
    func respond(to exchange: Exchange) async throws -> Response? {
        let path = exchange.target.segments
        guard path.first == "box" else { return nil }
        do {
            switch path.dropFirst() {
            case ["oauth2", "token"]: return try await tokens.respond(to: exchange)
            case let path where path.starts(with: ["2.0"]):
                try checkCredentials(exchange)
                return try await api(exchange, Array(path.dropFirst()))
            case let path where path.starts(with: ["api", "2.0", "files"]):
                try checkCredentials(exchange)
                return try await upload(exchange, Array(path.dropFirst(3)))
            case let path where path.count == 3 && path.first == "download":
                return try await download(exchange, path[path.startIndex + 1], version: path[path.startIndex + 2])
            default: throw BoxError.notBuilt("\(exchange.method.rawValue) \(exchange.target.rawPath)")
            }
        } catch let error as BoxError {
            return error.response
        } catch is BodyTooLarge {
            return BoxError(413, "request_entity_too_large", "The request is too large.").response
        } catch let error as BrokenMultipart {
            return BoxError.badRequest(error.message).response
        }
    }

    /// - Parameter path: what follows `/box/2.0`.
    private func api(_ exchange: Exchange, _ path: [String]) async throws -> Response {
        switch (exchange.method, path.first, path.count) {
        case (.options, "files", 2) where path[1] == "content": try await preflight(exchange, file: nil)
        case (.options, "files", 3) where path[2] == "content": try await preflight(exchange, file: path[1])
        case (.get, "files", 2): try await getFile(exchange, path[1])
        case (.put, "files", 2): try await updateFile(exchange, path[1])
        case (.delete, "files", 2): try await trashFile(exchange, path[1])
        case (.get, "files", 3) where path[2] == "content": try await redirectToContent(exchange, path[1])
        case (.post, "folders", 1): try await makeFolder(exchange)
        case (.get, "folders", 2): try await getFolder(exchange, path[1])
        case (.put, "folders", 2): try await updateFolder(exchange, path[1])
        case (.delete, "folders", 2): try await trashFolder(exchange, path[1])
        case (.get, "folders", 3) where path[2] == "items": try await listFolder(exchange, path[1])
        case (.get, "users", 2) where path[1] == "me": try await currentUser(exchange)
        default: throw BoxError.notBuilt("\(exchange.method.rawValue) \(exchange.target.rawPath)")
        }
    }

    /// - Parameter path: what follows `/box/api/2.0/files`.
    private func upload(_ exchange: Exchange, _ path: [String]) async throws -> Response {
        switch (exchange.method, path.count) {
        case (.post, 1) where path[0] == "content": try await uploadFile(exchange)
        case (.post, 2) where path[1] == "content": try await uploadVersion(exchange, path[0])
        case (.post, 1) where path[0] == "upload_sessions": try await beginFile(exchange)
        case (.post, 2) where path[1] == "upload_sessions": try await beginVersion(exchange, path[0])
        case (.put, 2) where path[0] == "upload_sessions": try await uploadPart(exchange, path[1])
        case (.get, 2) where path[0] == "upload_sessions": try await sessionStatus(exchange, path[1])
        case (.delete, 2) where path[0] == "upload_sessions": try await abort(exchange, path[1])
        case (.get, 3) where path[0] == "upload_sessions" && path[2] == "parts": try await listParts(exchange, path[1])
        case (.post, 3) where path[0] == "upload_sessions" && path[2] == "commit": try await commit(exchange, path[1])
        default: throw BoxError.notBuilt("\(exchange.method.rawValue) \(exchange.target.rawPath)")
        }
    }

    private func checkCredentials(_ exchange: Exchange) throws {
        guard exchange.header("authorization") == "Bearer \(TokenService.token)" else { throw BoxError.unauthorized }
    }

    func pass(
        _ kind: RequestKind, _ name: ObjectName?, _ exchange: Exchange, perform: (FaultAction) async throws -> Response
    ) async throws -> Response {
        try await gate.pass(kind, name, exchange, refusal: BoxError.scripted, perform: perform)
    }
}

extension Exchange {
    /// The fields of a body that is a JSON object.
    func boxFields(upTo limit: Int = 1 << 20) async throws -> [String: JSONValue] {
        let body = try await collectBody(upTo: limit)
        if body.isEmpty { return [:] }
        guard let fields = (try? JSONDecoder().decode(JSONValue.self, from: body))?.object else {
            throw BoxError.badRequest("The body is no JSON object.")
        }
        return fields
    }

    /// The version that must be there for the request to be carried out.
    var ifMatch: String? { header("if-match")?.trimmingCharacters(in: ["\""]) }
}
