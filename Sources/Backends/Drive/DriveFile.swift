import Foundation
import HTTPTransport
import NIOCore
import UploadCore

/// A file or folder as Drive describes it.
struct DriveFile: Decodable, Sendable, Equatable {
    /// What is asked for of a file. Without this, a response has neither size nor digest.
    static let fields = "id,name,size,md5Checksum,sha256Checksum,headRevisionId,parents,mimeType,trashed"
    static let folderType = "application/vnd.google-apps.folder"
    /// Documents, sheets, shortcuts, folders: what has no content of its own.
    static let applicationPrefix = "application/vnd.google-apps."

    let id: String
    let name: ServiceName?
    /// Length in bytes, a number in a string. Left out where it is 0, and where the file has no content of its own.
    let size: String?
    let md5Checksum: String?
    let sha256Checksum: String?
    let headRevisionId: String?
    let parents: [String]?
    let mimeType: String?
    let trashed: Bool?

    /// Nil for what has no content.
    var object: RemoteObject? {
        // What has a revision or a digest has content.
        let hasContent = headRevisionId != nil || digest != nil
        guard let size = (size ?? (hasContent ? "0" : nil)).flatMap({ Int64($0) }), size >= 0 else { return nil }
        return RemoteObject(id: id, version: version?.text, etag: nil, size: size, digest: digest, reservation: id)
    }

    var version: DriveVersion? { headRevisionId.map { DriveVersion(id: id, revision: $0) } }

    private var digest: ContentDigest? {
        sha256Checksum.flatMap { ContentDigest(algorithm: .sha256, hex: $0) } ?? md5Checksum.flatMap { ContentDigest(algorithm: .md5, hex: $0) }
    }

    init(_ response: HTTPResponse) throws(UploadError) {
        self = try DriveJSON.read(DriveFile.self, response)
    }

    /// The object that the response to a finished upload describes.
    static func object(in response: HTTPResponse) throws(UploadError) -> RemoteObject {
        guard let object = try DriveFile(response).object else {
            throw UploadError(.invalidResponse, "malformed response: no description of the file")
        }
        return object
    }
}

/// A file with one of the contents that it has had.
struct DriveVersion: Equatable {
    let id: String
    let revision: String

    var text: String { "\(id) \(revision)" }

    init(id: String, revision: String) {
        self.id = id
        self.revision = revision
    }

    init(_ text: String) throws(UploadError) {
        let parts = text.pieces(at: " ")
        guard parts.count == 2, !parts.contains("") else { throw UploadError(.conflict, "invalid version of a Drive object") }
        self.init(id: parts[0], revision: parts[1])
    }
}
