import HTTPTransport
import NIOHTTP1
import UploadCore

/// Files that exist: looking at them, moving and removing them.
extension BoxBackend {
    public func find(_ key: ObjectKey) async throws(UploadError) -> RemoteObject? {
        guard let item = try await lookUp(key) else { return nil }
        return try await file(item.id)?.object
    }

    /// The file of exactly this name.
    func lookUp(_ key: ObjectKey) async throws(UploadError) -> BoxJSON.Item? {
        let item: BoxJSON.Item?
        do throws(UploadError) {
            item = try await occupant(of: key)
        } catch {
            // A folder that was remembered may have been removed since.
            guard error.code == .noSuchBucket, !key.boxFolders.isEmpty else { throw error }
            await folders.forget(key.boxFolders)
            item = try await occupant(of: key)
        }
        guard let item, !item.isFolder else { return nil }
        return item
    }

    private func occupant(of key: ObjectKey) async throws(UploadError) -> BoxJSON.Item? {
        guard let folder = try await folders.find(key.boxFolders) else { return nil }
        return try await names.lookUp(key.boxName, in: folder)
    }

    private func file(_ id: String) async throws(UploadError) -> BoxJSON.Item? {
        let response = try await bearer.send(wire.file(id))
        if response.status == .notFound { return nil }
        guard response.status == .ok else { throw faults.classify(response, about: .file) }
        let item = try BoxJSON.item(in: response)
        guard item.object != nil else { throw UploadError(.invalidResponse, "malformed response: the description of the file has no size") }
        return item
    }

    public func move(
        _ source: ObjectKey, version: String?, to target: ObjectKey, ledger: any SessionLedger
    ) async throws(UploadError) -> RemoteObject {
        let folder = try await folders.make(target.boxFolders, from: source.boxFolders)
        guard let known = try await known(source, version) else {
            guard let found = try await find(target) else { throw UploadError(.rejected, "the file \(source.text) is not there") }
            return found
        }
        let response = try await bearer.send(wire.move(known.id, etag: known.etag, to: target.boxName, in: folder))
        if response.status == .ok { return try BoxJSON.object(in: response) }
        // An earlier try may have moved it, which gave it another etag.
        if response.status == .preconditionFailed, let item = try await file(known.id), item.name == target.boxName, item.parent?.id == folder,
            let object = item.object
        {
            return object
        }
        // A name that is taken is the target's; the file itself is not there either where it is not found.
        throw named(target, faults.classify(response, about: response.status == .conflict ? .name(target.boxName) : .file), response)
    }

    public func remove(_ key: ObjectKey, version: String?) async throws(UploadError) {
        guard let known = try await known(key, version) else { return }
        let response = try await bearer.send(wire.remove(known.id, etag: version == nil ? nil : known.etag))
        switch response.status.code {
        case 200, 204, 404, 410, 412: return
        default: throw faults.classify(response, about: .file)
        }
    }

    /// The file that `version` names, or else the one under the key.
    private func known(_ key: ObjectKey, _ version: String?) async throws(UploadError) -> BoxVersion? {
        if let version { return BoxVersion(version) }
        return try await find(key)?.version.flatMap { BoxVersion($0) }
    }
}
