import Foundation
import Hummingbird

/// The JSON of a file. All of it; what a client gets is chosen by `fields`.
enum DriveResource {
    /// What a response has where a request does not choose.
    static let usualFields = "kind,id,name,mimeType"

    static func json(_ file: DriveItem, in tree: DriveTree, fault: FaultAction = FaultAction()) -> JSONValue {
        var resource = file.record.fields.filter { $0.key != "revisions" && $0.key != "contentType" }
        resource["kind"] = "drive#file"
        resource["id"] = .string(file.id)
        resource["trashed"] = .bool(tree.isTrashed(file))
        resource["explicitlyTrashed"] = .bool(file.isExplicitlyTrashed)
        resource["createdTime"] = .string(file.createdTime)
        resource["modifiedTime"] = .string(file.modifiedTime)
        resource["version"] = .string(file.version)
        resource["spaces"] = ["drive"]
        resource["capabilities"] = ["canEdit": .bool(true), "canAddChildren": .bool(file.isFolder), "canTrash": .bool(true)]
        guard !file.isFolder else { return .object(resource) }
        resource["size"] = .string(String(file.record.size))
        resource["headRevisionId"] = .string(file.revision)
        for digest in ["md5Checksum", "sha1Checksum", "sha256Checksum"] where fault.wrongCRC32C == true {
            resource[digest] = resource[digest]?.string.map { .string(String($0.reversed())) }
        }
        return .object(resource)
    }
}

/// The digests that Drive has of a file's content, by their names in its JSON.
enum DriveDigests {
    static func of(_ content: Content) throws -> [String: JSONValue] {
        let digests = try FileDigests(content)
        return [
            "md5Checksum": .string(digests.md5), "sha1Checksum": .string(digests.sha1), "sha256Checksum": .string(digests.sha256),
        ]
    }
}
