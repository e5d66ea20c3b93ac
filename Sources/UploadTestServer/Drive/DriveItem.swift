import Foundation

/// A file or folder of a drive, as a view of the object that stores it: the object's key is the id, its fields are those of the
/// service's JSON, and each content is a generation.
struct DriveItem: Sendable {
    static let folderType = "application/vnd.google-apps.folder"
    /// What a client may set, besides parents and the trash.
    static let settable: Set<String> = [
        "name", "mimeType", "description", "starred", "appProperties", "properties", "originalFilename", "createdTime", "modifiedTime",
        "viewedByMeTime", "writersCanShare", "copyRequiresWriterPermission", "folderColorRgb",
    ]

    let record: ObjectRecord

    var id: String { record.name.key }
    var name: String { record.fields["name"]?.string ?? "" }
    var mimeType: String { record.fields["mimeType"]?.string ?? "" }
    var isFolder: Bool { mimeType == Self.folderType }
    /// The folder that the file is in; nil for the root of a drive.
    var parent: String? { record.fields["parents"]?.array?.first?.string }
    /// The shared drive that it belongs to; nil in My Drive.
    var driveID: String? { record.fields["driveId"]?.string }
    /// Whether it was put into the trash itself, and not only with a folder above it.
    var isExplicitlyTrashed: Bool { record.fields["explicitlyTrashed"] == .bool(true) }
    var appProperties: [String: JSONValue] { record.fields["appProperties"]?.object ?? [:] }
    var modifiedTime: String { record.fields["modifiedTime"]?.string ?? record.updated }
    var createdTime: String { record.fields["createdTime"]?.string ?? record.created }
    var revision: String { "0B\(record.generation)" }
    /// Grows with each change, of content or metadata.
    var version: String { String(record.generation + record.metageneration) }
}

/// Times as the API has them: RFC 3339 with milliseconds, in UTC.
enum DriveTime {
    static func normalized(_ text: String) throws -> String {
        let parser = ISO8601DateFormatter()
        for options: ISO8601DateFormatter.Options in [.withInternetDateTime, [.withInternetDateTime, .withFractionalSeconds]] {
            parser.formatOptions = options
            if let date = parser.date(from: text) { return date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }
        }
        throw GoogleError.badRequest("Invalid value for a time: \(text)")
    }
}
