import Foundation
import HTTPTypes
import Hummingbird

/// Google Drive, version 3: files and folders, shared drives, uploads.
///
/// The bytes of a file lie in `ROOT/drive/objects/files/ID`. Counters and faults know a file by its path below the root of its drive, as
/// `drive/dir/name`.
struct Drive: MediaService {
    let tree: DriveTree
    let drives: SharedDrives
    let sessions: SessionStore<DriveIntent>
    let gate: FaultGate

    var objects: ObjectStore { tree.objects }

    init(root: String, gate: FaultGate) throws {
        let layout = try StorageLayout(root: "\(root)/drive")
        tree = try DriveTree(layout: layout)
        drives = SharedDrives(tree: tree)
        sessions = try SessionStore(layout: layout)
        self.gate = gate
        gate.counters.countOpenSessions { [sessions] in sessions.openCount }
    }

    /// Nil if the path is not one of this API's.
    func respond(to exchange: Exchange) async throws -> Response? {
        let path = exchange.target.segments
        let isUpload = path.starts(with: ["upload", "drive", "v3", "files"]) && path.count <= 5
        guard isUpload || path.starts(with: ["drive", "v3"]) else { return nil }
        return try await answering {
            try BearerToken.check(exchange)
            return isUpload ? try await upload(exchange) : try await respond(to: exchange, below: Array(path.dropFirst(2)))
        }
    }

    /// - Parameter path: what follows `/drive/v3`.
    private func respond(to exchange: Exchange, below path: [String]) async throws -> Response {
        switch (exchange.method, path.first, path.count) {
        case (.get, "about", 1): return try await about(exchange)
        case (.get, "files", 1): return try await list(exchange)
        case (.post, "files", 1): return try await create(exchange)
        case (.get, "files", 2) where path[1] == "generateIds": return try await generateIDs(exchange)
        case (.get, "files", 2) where exchange.target["alt"] == "media": return try await download(exchange, path[1])
        case (.get, "files", 2): return try await get(exchange, path[1])
        case (.patch, "files", 2): return try await change(exchange, path[1])
        case (.delete, "files", 2): return try await delete(exchange, path[1])
        case (.get, "files", 3) where path[2] == "revisions": return try await revisions(exchange, path[1])
        case (_, "drives", _): return try await sharedDrives(exchange, Array(path.dropFirst()))
        default: throw GoogleError.notBuilt("\(exchange.method.rawValue) /drive/v3/\(path.joined(separator: "/"))")
        }
    }

    /// The file that a request names, if it is one that such a request can see.
    func visible(_ id: String, _ exchange: Exchange) throws -> DriveItem {
        try visible(id, withSharedDrives: exchange.target["supportsAllDrives"] == "true")
    }

    func visible(_ id: String, withSharedDrives: Bool) throws -> DriveItem {
        guard let file = tree[id], file.driveID == nil || withSharedDrives else { throw GoogleError.noFile(id) }
        return file
    }

    /// By which counters and faults know a file.
    func name(of file: DriveItem?) -> ObjectName? {
        file.map { ObjectName(bucket: "drive", key: tree.path(of: $0)) }
    }

    func resource(_ file: DriveItem, fields: String?, _ fault: FaultAction = FaultAction()) throws -> Response {
        let mask = try FieldMask(fields ?? DriveResource.usualFields)
        return .json(mask.applied(to: DriveResource.json(file, in: tree, fault: fault)))
    }

    private func about(_ exchange: Exchange) async throws -> Response {
        try await pass(.get, nil, exchange) { _ in
            guard let fields = exchange.target["fields"] else {
                throw GoogleError.required("The 'fields' parameter is required for this method.")
            }
            let usage = tree.all.reduce(0) { $0 + $1.record.size }
            let about: JSONValue = [
                "kind": "drive#about", "user": ["kind": "drive#user", "displayName": "Test", "emailAddress": "test@example.com", "me": .bool(true)],
                "storageQuota": ["usage": .string(String(usage)), "limit": "16492674416640"],
                "maxUploadSize": "5497558138880",
            ]
            return .json(try FieldMask(fields).applied(to: about))
        }
    }

    private func generateIDs(_ exchange: Exchange) async throws -> Response {
        try await pass(.reserve, nil, exchange) { _ in
            let count = Int(exchange.target["count"] ?? "10") ?? 0
            guard (1...1000).contains(count) else { throw GoogleError.badRequest("Invalid value for count: values are 1 to 1000.") }
            guard exchange.target["space"] ?? "drive" == "drive" else { throw GoogleError.notBuilt("another space than drive") }
            let ids = (0..<count).map { _ in JSONValue.string(DriveID.generate()) }
            return .json(["kind": "drive#generatedIds", "space": "drive", "ids": .array(ids)])
        }
    }
}

extension GoogleError {
    static func noFile(_ id: String) -> GoogleError { GoogleError(404, "notFound", "File not found: \(id).") }
}
