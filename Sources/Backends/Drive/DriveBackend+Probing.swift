import HTTPTransport
import UploadCore

extension DriveBackend: DestinationProbing {
    public func probeAccess() async throws(UploadError) -> String {
        guard let folder = try await client.file(destination.folder), folder.trashed != true else { throw faults.missing }
        guard folder.mimeType == DriveFile.folderType else {
            throw UploadError(.rejected, "\(destination.folder) is a file, not a folder")
        }
        return "the folder \(folder.name?.text ?? destination.folder) exists"
    }

    public func probeWriting() async throws(UploadError) -> String {
        let name = "uploadfs-check-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        var object = ObjectDescription(
            key: try key(for: SpoolPath(name)), size: 0, contentType: ContentType.unknown, precondition: .absent)
        object.reservation = try await reserve(object)
        try await trial(object).run()
        return "an empty file was created and removed: \(url(of: object.key))"
    }

    /// The file has an id that was chosen beforehand, by which it is found and removed for good, past the trash.
    private func trial(_ object: ObjectDescription) -> WriteTrial {
        WriteTrial(url: url(of: object.key)) { () throws(UploadError) in
            try await put(object, body: PartBody(length: 0) { nil }, digest: RunningDigest(capabilities.digest).digest, bodyDigest: nil)
        } find: { () throws(UploadError) in
            guard let id = object.reservation, let file = try await client.file(id) else { return nil }
            return RemoteObject(id: file.id, version: nil, etag: nil, size: 0, digest: nil)
        } remove: { made throws(UploadError) in
            if let id = made.id { try await client.delete(id) }
        }
    }
}
