import Foundation
import HTTPTypes
import Hummingbird

/// The drives that belong to no single user. Each is a folder without a parent, whose id is the drive's.
struct SharedDrives: Sendable {
    let tree: DriveTree

    func make(name: String) throws -> DriveItem {
        let id = DriveID.generate()
        return try tree.makeFolder(id, fields: ["name": .string(name), "driveId": .string(id)])
    }

    subscript(id: String) -> DriveItem? {
        tree[id].flatMap { $0.driveID == id && $0.parent == nil ? $0 : nil }
    }

    var all: [DriveItem] { tree.all.filter { $0.parent == nil && $0.driveID == $0.id } }

    static func json(_ drive: DriveItem) -> JSONValue {
        ["kind": "drive#drive", "id": .string(drive.id), "name": .string(drive.name), "createdTime": .string(drive.createdTime)]
    }
}

extension Drive {
    /// - Parameter path: what follows `/drive/v3/drives`.
    func sharedDrives(_ exchange: Exchange, _ path: [String]) async throws -> Response {
        let json = try await exchange.collectBody()
        return try await pass(exchange.method == .post ? .bucket : .get, nil, exchange) { _ in
            switch (exchange.method, path.count) {
            case (.post, 0):
                guard exchange.target["requestId"]?.isEmpty == false else { throw GoogleError.required("Required parameter: requestId") }
                guard let name = try Self.document(json)["name"]?.string else { throw GoogleError.required("Required parameter: name") }
                return .json(SharedDrives.json(try drives.make(name: name)))
            case (.get, 0):
                return .json(["kind": "drive#driveList", "drives": .array(drives.all.map(SharedDrives.json))])
            case (.get, 1):
                guard let drive = drives[path[0]] else {
                    throw GoogleError(404, "notFound", "Shared drive not found: \(path[0])")
                }
                return .json(SharedDrives.json(drive))
            default:
                throw GoogleError.notBuilt("\(exchange.method.rawValue) on a shared drive")
            }
        }
    }
}
