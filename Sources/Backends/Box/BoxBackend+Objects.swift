import HTTPTransport
import NIOHTTP1
import UploadCore

/// Files that exist: looking at them, moving and removing them.
extension BoxBackend {
    public func find(_ key: ObjectKey) async throws(UploadError) -> RemoteObject? {
        guard let folder = try await folders.find(key.boxFolders) else { return nil }
        // A name that differs in capitals is another file's here, and the one that may not be replaced.
        guard let item = try await names.lookUp(key.boxName, in: folder), !item.isFolder, item.name == key.boxName else { return nil }
        return try await file(item.id)?.object
    }

    private func file(_ id: String) async throws(UploadError) -> BoxJSON.Item? {
        let answer = try await bearer.send(wire.file(id))
        if answer.status == .notFound { return nil }
        guard answer.status == .ok else { throw faults.classify(answer, about: .file) }
        let item = try BoxJSON.item(in: answer)
        guard item.object != nil else { throw UploadError(.invalidAnswer, "the server describes a file without saying how long it is") }
        return item
    }

    public func move(_ source: ObjectKey, version: String?, to target: ObjectKey) async throws(UploadError) -> RemoteObject {
        let folder = try await folders.make(target.boxFolders)
        guard let known = try await known(source, version) else {
            guard let found = try await find(target) else { throw UploadError(.rejected, "the file \(source.text) is not there") }
            return found
        }
        let answer = try await bearer.send(wire.move(known.id, etag: known.etag, to: target.boxName, in: folder))
        if answer.status == .ok { return try BoxJSON.object(in: answer) }
        // An earlier try may have moved it, which gave it another etag.
        if answer.status == .preconditionFailed, let item = try await file(known.id), item.name == target.boxName, item.parent?.id == folder,
            let object = item.object
        {
            return object
        }
        // A name that is taken is the target's; the file itself is not there either where it is not found.
        throw faults.classify(answer, about: answer.status == .conflict ? .name(target.boxName) : .file)
    }

    public func remove(_ key: ObjectKey, version: String?) async throws(UploadError) {
        guard let known = try await known(key, version) else { return }
        let answer = try await bearer.send(wire.remove(known.id, etag: version == nil ? nil : known.etag))
        switch answer.status.code {
        case 200, 204, 404, 410, 412: return
        default: throw faults.classify(answer, about: .file)
        }
    }

    /// The file that `version` names, or else the one under the key.
    private func known(_ key: ObjectKey, _ version: String?) async throws(UploadError) -> BoxVersion? {
        if let version { return BoxVersion(version) }
        return try await find(key)?.version.flatMap { BoxVersion($0) }
    }
}

extension BoxBackend: DestinationProbing {
    public func probeAccess() async throws(UploadError) -> String {
        let answer = try await bearer.send(wire.folder(destination.folderID))
        guard answer.status == .ok else { throw faults.classify(answer, about: .name("")) }
        return "the folder \(try BoxJSON.item(in: answer).name ?? destination.folderID) is there"
    }

    public var limitsSummary: String {
        "files as large as the account allows; up to \(ByteSize.format(limits.singleRequestMax)) in one request, "
            + "larger ones in parts whose length Box chooses"
    }
}
