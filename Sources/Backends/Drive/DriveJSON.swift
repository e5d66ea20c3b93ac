import Foundation
import HTTPTransport
import NIOCore
import UploadCore

/// The documents of Drive's API: what is sent of them, and what is read.
enum DriveJSON {
    struct List: Decodable {
        let files: [DriveFile]
        let nextPageToken: String?
    }

    struct IDs: Decodable {
        let ids: [String]
    }

    private struct Description: Encodable {
        var id: String?
        var name: ServiceName?
        var parents: [String]?
        var mimeType: String?
        var modifiedTime: String?
        var appProperties: [String: String]?
        var trashed: Bool?
    }

    /// A file that is to be made.
    static func creating(_ object: ObjectDescription, name: ServiceName, in parent: String) -> String {
        var description = content(object)
        description.id = object.reservation
        description.name = name
        description.parents = [parent]
        return encode(description)
    }

    /// New content for a file; its name and folder stay.
    static func updating(_ object: ObjectDescription) -> String { encode(content(object)) }

    static func folder(_ name: ServiceName, in parent: String, id: String) -> String {
        encode(Description(id: id, name: name, parents: [parent], mimeType: DriveFile.folderType))
    }

    static func name(_ name: ServiceName, trashed: Bool? = nil) -> String { encode(Description(name: name, trashed: trashed)) }

    static let trash = encode(Description(trashed: true))

    private static func content(_ object: ObjectDescription) -> Description {
        Description(
            mimeType: object.contentType, modifiedTime: object.modified.map(GoogleTime.text),
            appProperties: object.metadata.isEmpty ? nil : object.metadata)
    }

    private static func encode(_ description: Description) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings only, and Swift's strings are valid Unicode: there is nothing that could fail.
        let data = (try? encoder.encode(description)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    static func read<Value: Decodable>(_ type: Value.Type, _ response: HTTPResponse) throws(UploadError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(response.body.readableBytesView))
        } catch {
            throw UploadError(.invalidResponse, "malformed response from Drive")
        }
    }
}
