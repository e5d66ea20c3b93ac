import Foundation
import HTTPTypes
import Hummingbird

/// Uploads to `/upload/drive/v3/files`, and to a file below it.
extension Drive {
    func intent(of exchange: Exchange, metadata: Data) throws -> DriveIntent {
        let id = exchange.target.segments.count == 5 ? exchange.target.segments[4] : nil
        guard exchange.method == (id == nil ? .post : .patch) else {
            throw GoogleError(405, "methodNotAllowed", "A file is made by POST and changed by PATCH.")
        }
        let intent = try intent(of: exchange, changing: id, metadata: metadata)
        if let type = intent.metadata["mimeType"]?.string, type.hasPrefix("application/vnd.google-apps") {
            throw GoogleError.notBuilt("a conversion to \(type)")
        }
        return intent
    }

    func store(_ intent: DriveIntent, _ content: Content, _ exchange: Exchange) throws -> ObjectRecord {
        let digests = try DriveDigests.of(content)
        guard intent.isUpdate else {
            let fields = finished(try newFields(intent), intent, digests, content)
            let object = DriveTree.object(intent.id ?? DriveID.generate())
            return try objects.put(object, fields: fields, content: content, md5: nil, admit: DriveTree.refuseExisting)
        }
        return try replacing(intent) { file in
            let fields = finished(try changedFields(file, intent), intent, digests, content)
            return try objects.put(file.record.name, fields: fields, content: content, md5: nil) { try file.check($0) }
        }
    }

    func resource(_ record: ObjectRecord, _ intent: DriveIntent, _ exchange: Exchange, _ fault: FaultAction) throws -> Response {
        try resource(DriveItem(record: record), fields: intent.fields, fault)
    }

    private func finished(
        _ fields: [String: JSONValue], _ intent: DriveIntent, _ digests: [String: JSONValue], _ content: Content
    ) -> [String: JSONValue] {
        var fields = fields.merging(digests) { $1 }
        let type = intent.metadata["mimeType"] ?? intent.contentType.map { .string($0) } ?? "application/octet-stream"
        fields["mimeType"] = type
        // By which MediaDownload knows it.
        fields["contentType"] = type
        let revision: JSONValue = [
            "kind": "drive#revision", "modifiedTime": fields["modifiedTime"] ?? .null, "size": .string(String(content.size)),
            "md5Checksum": digests["md5Checksum"] ?? .null, "mimeType": type,
        ]
        fields["revisions"] = .array((fields["revisions"]?.array ?? []) + [revision])
        return fields
    }
}
