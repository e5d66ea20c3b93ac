import Foundation
import HTTPTransport
import NIOCore
import UploadCore

/// The documents of the API: what is sent of them, and what is read.
enum BoxJSON {
    // MARK: Sent

    struct NewItem: Encodable {
        struct Parent: Encodable { let id: String }
        let name: ServiceName
        let parent: Parent
    }

    struct NewName: Encodable {
        let name: ServiceName
    }

    struct NewSession: Encodable {
        let folder_id: String?
        let file_size: Int64
        let file_name: ServiceName
    }

    /// The description in front of a direct upload's content.
    struct NewFile: Encodable {
        let name: ServiceName
        let parent: NewItem.Parent?
        let content_created_at: String?
        let content_modified_at: String?

        init(_ object: ObjectDescription, at place: BoxPlace) {
            name = object.key.boxName
            content_modified_at = object.modified.map(BoxTime.text)
            switch place {
            case .new(let folder):
                parent = NewItem.Parent(id: folder)
                content_created_at = content_modified_at
            case .version:
                parent = nil
                content_created_at = nil
            }
        }
    }

    struct Attributes: Encodable {
        let content_created_at: String?
        let content_modified_at: String

        /// A new file came into being when its content did, as far as is known.
        init(modified: Int64, isNew: Bool) {
            content_modified_at = BoxTime.text(modified)
            content_created_at = isNew ? content_modified_at : nil
        }
    }

    struct Commit: Encodable {
        let parts: [Part]
        let attributes: Attributes?
    }

    // MARK: Read

    struct Part: Codable, Equatable {
        let part_id: String
        let offset: Int64
        let size: Int64
        let sha1: String?
    }

    struct PartResponse: Decodable { let part: Part }
    struct PartList: Decodable { let entries: [Part] }

    struct Session: Decodable {
        struct Endpoints: Decodable {
            let upload_part: String
            let commit: String
            let abort: String
            let list_parts: String
        }
        let part_size: Int64
        let total_parts: Int?
        let session_expires_at: String?
        let session_endpoints: Endpoints
    }

    /// A file or folder.
    struct Item: Decodable, Equatable {
        struct Parent: Decodable, Equatable { let id: String }
        let type: String
        let id: String
        let etag: String?
        let name: ServiceName?
        let sha1: String?
        let size: Int64?
        let parent: Parent?

        var isFolder: Bool { type == "folder" }

        /// nil where the response did not say all that there is to know of a file.
        var object: RemoteObject? {
            guard type == "file", let etag, let size, size >= 0 else { return nil }
            return RemoteObject(
                id: id, version: BoxVersion(id: id, etag: etag).text, etag: etag, size: size,
                digest: sha1.flatMap { ContentDigest(algorithm: .sha1, hex: $0) })
        }
    }

    struct Items: Decodable {
        let entries: [Item]
        let next_marker: String?
    }

    static func item(in response: HTTPResponse) throws(UploadError) -> Item {
        try decode(Item.self, response, "no file and no folder")
    }

    static func object(in response: HTTPResponse) throws(UploadError) -> RemoteObject {
        try object(item(in: response))
    }

    /// What a finished upload made: its response is a list of one file.
    static func uploaded(in response: HTTPResponse) throws(UploadError) -> RemoteObject {
        try object(try decode(Items.self, response, "no list of files").entries.first)
    }

    private static func object(_ item: Item?) throws(UploadError) -> RemoteObject {
        guard let object = item?.object else { throw invalid("no file") }
        return object
    }

    // MARK: Forms

    static func text(_ document: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and whole numbers only, and Swift's strings are valid Unicode: there is nothing that could fail.
        return String(decoding: (try? encoder.encode(document)) ?? Data(), as: UTF8.self)
    }

    static func decode<Document: Decodable>(
        _ type: Document.Type, _ response: HTTPResponse, _ what: String
    ) throws(UploadError) -> Document {
        guard let document = try? JSONDecoder().decode(type, from: Data(response.body.readableBytesView)) else { throw invalid(what) }
        return document
    }

    private static func invalid(_ what: String) -> UploadError {
        UploadError(.invalidResponse, "malformed response: \(what)")
    }
}
