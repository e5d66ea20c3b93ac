import HTTPTransport
import UploadCore

/// Files that exist: looking at them, moving and removing them.
extension DriveBackend {
    public func find(_ key: ObjectKey) async throws(UploadError) -> RemoteObject? {
        try await file(key)?.object
    }

    private func file(_ key: ObjectKey) async throws(UploadError) -> DriveFile? {
        let place = DriveKey(key)
        guard let parent = try await folders.find(place.folders) else { return nil }
        let file = try await client.find(place.name, in: parent, .file)
        await folders.note(place.name, in: parent, isThere: file != nil)
        return file
    }

    public func move(
        _ source: ObjectKey, version: String?, to target: ObjectKey, ledger: any SessionLedger
    ) async throws(UploadError) -> RemoteObject {
        guard let file = try await file(source, version) else {
            // An earlier try may have done it.
            if let version { try checkUnchanged(try await client.file(try DriveVersion(version).id), version) }
            guard let found = try await find(target) else { throw UploadError(.rejected, "there is no file \(source.text) to move") }
            return found
        }
        try checkUnchanged(file, version)
        let (from, place) = (DriveKey(source), DriveKey(target))
        let parent = try await folders.make(place.folders)
        let moved = try await client.change(file.id, DriveJSON.name(place.name), adding: parent, removing: file.parents ?? [])
        if let old = file.parents?.first { await folders.note(from.name, in: old, isThere: false) }
        return try await settled(moved, target)
    }

    /// Into the trash, from which people can take it for 30 days.
    public func remove(_ key: ObjectKey, version: String?) async throws(UploadError) {
        guard let file = try await file(key, version), version == nil || file.version?.text == version else { return }
        _ = try await client.change(file.id, DriveJSON.trash)
        if let parent = file.parents?.first { await folders.note(DriveKey(key).name, in: parent, isThere: false) }
    }

    /// The file of which `version` is one, as long as it is at its place; without a version, what is there.
    private func file(_ key: ObjectKey, _ version: String?) async throws(UploadError) -> DriveFile? {
        guard let version else { return try await file(key) }
        guard let file = try await client.file(try DriveVersion(version).id), file.trashed != true else { return nil }
        let place = DriveKey(key)
        guard file.name == place.name, let parent = try await folders.find(place.folders) else { return nil }
        return file.parents?.contains(parent) == true ? file : nil
    }

    private func checkUnchanged(_ file: DriveFile?, _ version: String?) throws(UploadError) {
        guard let version, let file, file.version?.text != version else { return }
        throw UploadError(.conflict, "the file was changed by another program")
    }
}
