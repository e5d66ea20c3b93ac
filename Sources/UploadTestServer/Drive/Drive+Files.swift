import Foundation
import HTTPTypes
import Hummingbird

/// Requests about files, without content.
extension Drive {
    func get(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await pass(.get, name(of: tree[id]), exchange) { fault in
            try resource(try visible(id, exchange), fields: exchange.target["fields"], fault)
        }
    }

    func download(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await pass(.download, name(of: tree[id]), exchange) { fault in
            let file = try visible(id, exchange)
            guard !file.isFolder, let (record, bytes) = try objects.open(file.record.name) else {
                throw GoogleError(403, "fileNotDownloadable", "Only files with binary content can be downloaded.")
            }
            return try MediaDownload(file: bytes, record: record, etag: file.revision).response(exchange, fault)
        }
    }

    /// A folder, or a file without content.
    func create(_ exchange: Exchange) async throws -> Response {
        let intent = try intent(of: exchange, changing: nil, metadata: try await exchange.collectBody())
        return try await pass(.folder, intent.name, exchange) { fault in
            try admit(intent, length: nil)
            var fields = try newFields(intent)
            fields["mimeType"] = fields["mimeType"] ?? "application/octet-stream"
            return try resource(try tree.makeFolder(intent.id ?? DriveID.generate(), fields: fields), fields: intent.fields, fault)
        }
    }

    /// PATCH without content: other metadata, another folder, the trash.
    func change(_ exchange: Exchange, _ id: String) async throws -> Response {
        let json = try await exchange.collectBody()
        let intent = try intent(of: exchange, changing: id, metadata: json)
        let trashed = try Self.document(json)["trashed"]
        return try await pass(trashed == .bool(true) ? .delete : .patch, intent.name, exchange) { fault in
            let changed = try replacing(intent) { file in
                var fields = try changedFields(file, intent)
                if let trashed { fields["explicitlyTrashed"] = trashed }
                return try objects.change(file.record.name) { record in
                    try file.check(record)
                    record.fields = fields
                }
            }
            return try resource(DriveItem(record: changed), fields: intent.fields, fault)
        }
    }

    /// Past the trash, for good.
    func delete(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await pass(.delete, name(of: tree[id]), exchange) { _ in
            let file = try visible(id, exchange)
            guard file.parent != nil else { throw GoogleError(403, "insufficientFilePermissions", "The root of a drive cannot be deleted.") }
            try tree.remove(file)
            return Response(status: .noContent)
        }
    }

    /// The contents that a file has had. Only the newest can be read here.
    func revisions(_ exchange: Exchange, _ id: String) async throws -> Response {
        try await pass(.list, name(of: tree[id]), exchange) { _ in
            let file = try visible(id, exchange)
            let all = file.record.fields["revisions"]?.array ?? []
            let numbered = all.enumerated().map { index, revision in
                let id = index == all.count - 1 ? file.revision : "\(file.revision)-\(all.count - 1 - index)"
                return revision.merging(["id": .string(id)])
            }
            return .json(["kind": "drive#revisionList", "revisions": .array(numbered)])
        }
    }
}
