import Foundation
import HTTPTypes
import Hummingbird

/// A service of animals with pictures: any Google API that takes media uploads, as the guides of Google's client libraries describe it.
///
/// The bytes of a picture lie in `ROOT/farm/objects/animals/ID`. Counters and faults know an animal by its name, as `farm/Llama`.
struct Farm: MediaService {
    static let animals = "animals"
    static let accepted = ["image/*", "application/*"]
    /// "10GB" in the discovery document.
    static let sizeMax: Int64 = 10 << 30

    let objects: ObjectStore
    let sessions: SessionStore<FarmIntent>
    let gate: FaultGate

    init(root: String, gate: FaultGate) throws {
        let layout = try StorageLayout(root: "\(root)/farm")
        objects = try ObjectStore(layout: layout)
        _ = try objects.makeBucket(Self.animals)
        sessions = try SessionStore(layout: layout)
        self.gate = gate
        gate.counters.countOpenSessions { [sessions] in sessions.openCount }
    }

    /// Nil if the path is not one of this API's.
    func respond(to exchange: Exchange) async throws -> Response? {
        let path = exchange.target.segments
        if exchange.method == .get, path == ["discovery", "v1", "apis", "farm", "v1", "rest"] || path == ["farm", "v1", "rest"] {
            return .json(FarmDiscovery.document(baseURL: exchange.baseURL))
        }
        let isUpload = path == ["upload", "farm", "v1", Self.animals]
        guard isUpload || path.starts(with: ["farm", "v1", Self.animals]) else { return nil }
        return try await answering {
            try BearerToken.check(exchange)
            return isUpload ? try await upload(exchange) : try await respond(to: exchange, below: Array(path.dropFirst(3)))
        }
    }

    /// - Parameter path: what follows `/farm/v1/animals`.
    private func respond(to exchange: Exchange, below path: [String]) async throws -> Response {
        switch (exchange.method, path.count) {
        case (.get, 0): return try await list(exchange)
        case (.post, 0): return try await create(exchange)
        case (.get, 1) where exchange.target["alt"] == "media": return try await download(exchange, path[0])
        case (.get, 1): return try await get(exchange, path[0])
        case (.patch, 1): return try await change(exchange, path[0])
        case (.delete, 1): return try await delete(exchange, path[0])
        default: throw GoogleError.notBuilt("\(exchange.method.rawValue) /farm/v1/animals/\(path.joined(separator: "/"))")
        }
    }
}
