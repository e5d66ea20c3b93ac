import Foundation

/// What a request makes of a file: its metadata, and the place it is to lie in.
struct DriveIntent: UploadIntent {
    /// By which counters and faults know it.
    let name: ObjectName
    /// Of the file that is changed, or that the client wants a new one to have.
    let id: String?
    let isUpdate: Bool
    /// What the client sets, by the names in the service's JSON.
    var metadata: [String: JSONValue]
    /// The folder of a new file.
    let parent: String?
    let addParents: [String]
    let removeParents: [String]
    let supportsAllDrives: Bool
    /// What the response shall have; the last request of a session does not say it again.
    let fields: String?
    var contentType: String?

    mutating func takeContentType(_ contentType: String?, of form: UploadForm) throws {
        self.contentType = contentType
    }
}

extension Drive {
    /// - Parameter id: of the file that is changed; nil for a new one.
    func intent(of exchange: Exchange, changing id: String?, metadata json: Data) throws -> DriveIntent {
        let document = try Self.document(json)
        let parents = document["parents"]?.array?.compactMap(\.string) ?? []
        let target = exchange.target
        let name = document["name"]?.string ?? "Untitled"
        let path = id.map { tree[$0].map { tree.path(of: $0) } ?? $0 } ?? tree.path(of: name, in: parents.first)
        if id != nil && document["parents"] != nil {
            throw GoogleError(
                403, "fieldNotWritable",
                "The parents field is not directly writable in update requests. Use the addParents and removeParents parameters instead.")
        }
        guard parents.count <= 1 else { throw GoogleError(403, "cannotAddParent", "A file has one parent.") }
        if let fields = target["fields"] { _ = try FieldMask(fields) }
        return DriveIntent(
            name: ObjectName(bucket: "drive", key: path), id: id ?? document["id"]?.string, isUpdate: id != nil,
            metadata: try Self.settable(document), parent: parents.first, addParents: Self.list(target["addParents"]),
            removeParents: Self.list(target["removeParents"]), supportsAllDrives: target["supportsAllDrives"] == "true",
            fields: target["fields"])
    }

    static func document(_ json: Data) throws -> [String: JSONValue] {
        guard let document = JSONValue.fields(ofBody: json) else {
            throw GoogleError(400, "parseError", "Parse Error: the metadata is not a JSON object.")
        }
        return document
    }

    private static func settable(_ document: [String: JSONValue]) throws -> [String: JSONValue] {
        var fields = document.filter { DriveItem.settable.contains($0.key) }
        for time in ["createdTime", "modifiedTime"] {
            if let text = fields[time]?.string { fields[time] = .string(try DriveTime.normalized(text)) }
        }
        for (key, value) in fields["appProperties"]?.object ?? [:] where key.utf8.count + (value.string ?? "").utf8.count > 124 {
            throw GoogleError.badRequest("The property \(key) is longer than 124 bytes with its value.")
        }
        return fields
    }

    private static func list(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { $0 == "root" ? DriveID.root : String($0) }
    }
}
