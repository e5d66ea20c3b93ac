import HTTPTransport
import NIOHTTP1
import UploadCore

extension BoxBackend: DestinationProbing {
    public func probeAccess() async throws(UploadError) -> String {
        let response = try await bearer.send(wire.folder(destination.folderID))
        guard response.status == .ok else { throw faults.classify(response, about: .name("")) }
        return "the folder \(try BoxJSON.item(in: response).name?.text ?? destination.folderID) exists"
    }

    /// In the deepest folder of the destination that is there: a folder that was made for this would stay.
    public func probeWriting() async throws(UploadError) -> String {
        var folders = destination.names
        while !folders.isEmpty, try await self.folders.find(folders) == nil { folders.removeLast() }
        let name = "uploadfs-check-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        let object = ObjectDescription(
            key: ObjectKey(names: folders + [ServiceName(name)]), size: 0, contentType: ContentType.unknown, precondition: .absent)
        try await trial(of: object).run()
        return "an empty file was created and moved to the trash: \(url(of: object.key))"
    }

    public var limitsSummary: String {
        "files as large as the account allows; up to \(ByteSize.format(capabilities.singleRequestMax)) in one request, "
            + "larger ones in parts whose length Box chooses"
    }
}
