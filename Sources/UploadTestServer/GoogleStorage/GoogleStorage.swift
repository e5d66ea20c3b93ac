import HTTPTypes
import Hummingbird

/// Cloud Storage's JSON API.
struct GoogleStorage: MediaService {
    let objects: ObjectStore
    let sessions: SessionStore<StorageIntent>
    let gate: FaultGate

    init(layout: StorageLayout, objects: ObjectStore, gate: FaultGate) throws {
        self.objects = objects
        self.sessions = try SessionStore(layout: layout)
        self.gate = gate
        gate.counters.countOpenSessions { [sessions] in sessions.openCount }
    }

    /// Nil if the path is not one of this API's.
    func respond(to exchange: Exchange) async throws -> Response? {
        guard let route = route(exchange) else { return nil }
        return try await answering {
            try checkCredentials(exchange)
            return try await route()
        }
    }

    private typealias Route = () async throws -> Response

    private func route(_ exchange: Exchange) -> Route? {
        let path = exchange.target.segments
        switch path.first {
        case "upload" where path.dropFirst().starts(with: ["storage", "v1", "b"]) && path.count == 6 && path[5] == "o":
            return { try await upload(exchange) }
        case "download" where path.dropFirst().starts(with: ["storage", "v1", "b"]) && path.count == 7 && path[5] == "o":
            return { try await download(exchange, ObjectName(bucket: path[4], key: path[6])) }
        case "storage" where path.dropFirst().starts(with: ["v1", "b"]):
            return { try await respond(to: exchange, below: Array(path.dropFirst(3))) }
        default:
            return nil
        }
    }

    /// - Parameter path: what follows `/storage/v1/b`.
    private func respond(to exchange: Exchange, below path: [String]) async throws -> Response {
        switch (exchange.method, path.count) {
        case (.post, 0): return try await insertBucket(exchange)
        case (.get, 1): return try await getBucket(exchange, path[0])
        case (.get, 2) where path[1] == "o": return try await list(exchange, bucket: path[0])
        case (_, 3) where path[1] == "o": return try await respond(to: exchange, for: ObjectName(bucket: path[0], key: path[2]))
        case (.get, 4) where path[1] == "o" && path[3] == "acl":
            return try await listAccess(exchange, ObjectName(bucket: path[0], key: path[2]))
        case (.post, 8) where path[1] == "o" && path[4] == "b" && path[6] == "o" && ["rewriteTo", "copyTo"].contains(path[3]):
            let source = ObjectName(bucket: path[0], key: path[2])
            return try await copy(exchange, source, to: ObjectName(bucket: path[5], key: path[7]), isRewrite: path[3] == "rewriteTo")
        default:
            throw GoogleError.notBuilt("\(exchange.method.rawValue) /storage/v1/b/\(path.joined(separator: "/"))")
        }
    }

    private func respond(to exchange: Exchange, for name: ObjectName) async throws -> Response {
        switch exchange.method {
        case .get where exchange.target["alt"] == "media": try await download(exchange, name)
        case .get: try await get(exchange, name)
        case .delete: try await delete(exchange, name)
        case .patch: try await patch(exchange, name, keepsOtherFields: true)
        case .put: try await patch(exchange, name, keepsOtherFields: false)
        default: throw GoogleError.notBuilt("\(exchange.method.rawValue) on an object")
        }
    }

    /// As an emulator does, this one also takes requests without credentials, but no wrong ones.
    private func checkCredentials(_ exchange: Exchange) throws {
        guard let credentials = exchange.header("authorization") else { return }
        guard credentials == "Bearer \(TokenService.token)" else { throw GoogleError.unauthorized }
    }

    /// The object that an upload to a bucket is to make.
    func uploadName(bucket: String, key: String?) throws -> ObjectName {
        guard let key, !key.isEmpty else { throw GoogleError.required("Required parameter: name") }
        guard key.utf8.count <= 1024, key != ".", key != "..", !key.utf8.contains(where: { $0 == 10 || $0 == 13 }) else {
            throw GoogleError.badRequest("Invalid object name: \(key)")
        }
        return ObjectName(bucket: bucket, key: key)
    }

    /// What every upload needs before its first byte is taken; the preconditions are checked again when the object is made.
    func checkTarget(_ name: ObjectName, _ preconditions: Preconditions) throws {
        guard objects.hasBucket(name.bucket) else { throw GoogleError.noBucket(name.bucket) }
        try preconditions.check(objects.record(of: name))
    }
}
