import Foundation
import Hummingbird

/// An animal that is to be made.
struct FarmIntent: UploadIntent {
    let name: ObjectName
    /// What the client sets, by the names in the service's JSON.
    let metadata: [String: JSONValue]
    let fields: String?
    var contentType: String?

    mutating func takeContentType(_ contentType: String?, of form: UploadForm) throws {
        self.contentType = contentType
    }
}

/// Uploads to `/upload/farm/v1/animals`.
extension Farm {
    func intent(of exchange: Exchange, metadata json: Data) throws -> FarmIntent {
        guard exchange.method == .post else { throw GoogleError(405, "methodNotAllowed", "An upload begins with POST.") }
        let metadata = try Self.animal(json)
        if let fields = exchange.target["fields"] { _ = try FieldMask(fields) }
        let name = metadata["name"]?.string ?? exchange.target["name"] ?? "Untitled"
        return FarmIntent(
            name: ObjectName(bucket: "farm", key: name), metadata: metadata.merging(["name": .string(name)]) { $1 },
            fields: exchange.target["fields"])
    }

    func admit(_ intent: FarmIntent, length: Int64?) throws {
        try checkSize(length ?? 0)
        let type = intent.contentType.map { $0.prefix { $0 != ";" }.lowercased() } ?? "application/octet-stream"
        let isAccepted = Self.accepted.contains { pattern in
            pattern.hasSuffix("/*") ? type.hasPrefix(pattern.dropLast()) : type == pattern
        }
        guard isAccepted else {
            throw GoogleError(
                400, "badContent", "Media type '\(type)' is not supported. Valid media types: [\(Self.accepted.joined(separator: ", "))]")
        }
    }

    func store(_ intent: FarmIntent, _ content: Content, _ exchange: Exchange) throws -> ObjectRecord {
        try checkSize(content.size)
        var fields = intent.metadata
        fields["contentType"] = .string(intent.contentType ?? "application/octet-stream")
        return try add(fields, content, md5: try content.md5())
    }

    func resource(_ record: ObjectRecord, _ intent: FarmIntent, _ exchange: Exchange, _ fault: FaultAction) throws -> Response {
        try resource(record, fields: intent.fields, exchange, fault)
    }

    /// Ids grow with time, so that the newest animal comes last in a list.
    func add(_ fields: [String: JSONValue], _ content: Content, md5: String?) throws -> ObjectRecord {
        var id = Int64(Date().timeIntervalSince1970 * 1_000_000)
        while true {
            do {
                return try objects.put(Self.object(String(id)), fields: fields, content: content, md5: md5) {
                    if $0 != nil { throw IDTaken() }
                }
            } catch is IDTaken { id += 1 }
        }
    }

    private struct IDTaken: Error {}

    private func checkSize(_ size: Int64) throws {
        guard size <= Self.sizeMax else { throw GoogleError(413, "uploadTooLarge", "A picture has at most \(Self.sizeMax) bytes.") }
    }
}
