import Foundation

/// A file or folder, as a view of the object that stores it: the object's key is the id, and each content is a generation.
struct BoxItem: Sendable {
    static let rootID = "0"

    let record: ObjectRecord

    var id: String { record.name.key }
    var isFolder: Bool { record.fields["type"] == "folder" }
    var name: String { record.fields["name"]?.string ?? "" }
    /// Nil for the root.
    var parent: String? { record.fields["parent"]?.string }
    /// A number that grows with each change.
    var etag: String { record.fields["etag"]?.string ?? "0" }
    /// Hexadecimal.
    var sha1: String { record.fields["sha1"]?.string ?? "" }
    var version: String { String(record.generation) }
    var isTrashed: Bool { record.fields["trashed_at"] != nil }

    private var type: JSONValue { isFolder ? "folder" : "file" }

    /// The resource of the API.
    /// - Parameters:
    ///   - path: the folders from the root down to the one that it lies in.
    ///   - spoilsDigest: whether a fault wants a digest that is not that of the content.
    func json(path: [BoxItem], spoilsDigest: Bool = false) -> JSONValue {
        var json = mini(spoilsDigest)
        json["created_at"] = .string(BoxTimestamp.text(record.created))
        json["modified_at"] = .string(BoxTimestamp.text(record.updated))
        json["content_created_at"] = record.fields["content_created_at"] ?? json["created_at"]
        json["content_modified_at"] = record.fields["content_modified_at"] ?? json["modified_at"]
        json["description"] = ""
        json["size"] = .number(Double(record.size))
        json["item_status"] = isTrashed ? "trashed" : "active"
        json["parent"] = path.last.map { .object($0.mini(false)) } ?? .null
        json["path_collection"] = [
            "total_count": .number(Double(path.count)), "entries": .array(path.map { .object($0.mini(false)) }),
        ]
        return .object(json)
    }

    private func mini(_ spoilsDigest: Bool) -> [String: JSONValue] {
        let isRoot = parent == nil
        var mini: [String: JSONValue] = [
            "type": type, "id": .string(id), "name": .string(name), "etag": isRoot ? .null : .string(etag),
            "sequence_id": isRoot ? .null : .string(etag),
        ]
        if !isFolder {
            let digest = JSONValue.string(spoilsDigest ? String(sha1.reversed()) : sha1)
            mini["sha1"] = digest
            mini["file_version"] = ["type": "file_version", "id": .string(version), "sha1": digest]
        }
        return mini
    }

    /// What `fields=…` leaves of a resource: what names it, and what was asked for.
    static func selecting(_ fields: String?, of json: JSONValue) -> JSONValue {
        guard let fields, let all = json.object else { return json }
        let wanted = Set(fields.split(separator: ",").map(String.init) + ["type", "id", "etag"])
        return .object(all.filter { wanted.contains($0.key) })
    }
}

/// Times as the API has them: RFC 3339 in whole seconds.
enum BoxTimestamp {
    static func normalized(_ text: String) throws -> String {
        guard let date = parse(text) else { throw BoxError.badRequest("Invalid value for a time: \(text)") }
        return date.formatted(Date.ISO8601FormatStyle())
    }

    /// A time that the storage has written.
    static func text(_ stored: String) -> String {
        parse(stored)?.formatted(Date.ISO8601FormatStyle()) ?? stored
    }

    private static func parse(_ text: String) -> Date? {
        (try? Date(text, strategy: .iso8601)) ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }
}
