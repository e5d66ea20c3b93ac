import HTTPTransport
import NIOHTTP1
import UploadCore

/// Which file an upload makes or changes.
extension DriveBackend {
    func target(of object: ObjectDescription) async throws(UploadError) -> DriveWire.Target {
        let key = DriveKey(object.key)
        switch object.precondition {
        case .version(let text):
            let version = try DriveVersion(text)
            try await check(version)
            return .update(id: version.id)
        case .absent:
            let parent = try await folders.make(key.folders)
            if try await folders.isTaken(key.name, in: parent) { throw changed }
            return .new(name: key.name, parent: parent)
        case .none:
            let parent = try await folders.make(key.folders)
            if let file = try await client.find(key.name, in: parent, .file) { return .update(id: file.id) }
            return .new(name: key.name, parent: parent)
        }
    }

    /// Drive has no conditions for an update, and hours may have gone by since the session was opened: what it replaces is looked at
    /// again right before it does.
    func checkReplaced(_ object: ObjectDescription) async throws(UploadError) {
        if case .version(let text) = object.precondition { try await check(try DriveVersion(text)) }
    }

    private func check(_ version: DriveVersion) async throws(UploadError) {
        guard let file = try await client.file(version.id), file.trashed != true, file.version == version else { throw changed }
    }

    /// The file that the response to an upload describes: where the upload was to change one, it has to be that one. The caller
    /// compares its size and digest with what was sent.
    func updated(_ file: DriveFile, _ object: ObjectDescription) async throws(UploadError) -> RemoteObject {
        if case .version(let text) = object.precondition, try DriveVersion(text).id != file.id {
            throw UploadError(.invalidResponse, "malformed response: the server updated another file than was named")
        }
        return try await settled(file, object.key)
    }

    /// What a refused upload means. A folder that is not found may have been removed since it was looked up.
    func refusal(_ response: HTTPResponse, _ target: DriveWire.Target, _ object: ObjectDescription) async -> UploadError {
        guard response.status == .notFound else { return faults.classify(response, about: .container) }
        if case .update = target { return changed }
        let path = DriveKey(object.key).folders
        guard !path.isEmpty else { return faults.missing }
        await folders.forget(path)
        return DriveFolders.gone(path)
    }

    /// Takes note of a file that was uploaded. One that went into the trash with its folder is taken out, into a new folder.
    func settled(_ file: DriveFile, _ key: ObjectKey) async throws(UploadError) -> RemoteObject {
        let place = DriveKey(key)
        var file = file
        if file.trashed == true {
            await folders.forget(place.folders)
            let parent = try await folders.make(place.folders)
            file = try await client.change(
                file.id, DriveJSON.name(place.name, trashed: false), adding: parent, removing: file.parents ?? [])
        }
        if let parent = file.parents?.first { await folders.note(file.name ?? place.name, in: parent, isThere: true) }
        guard let object = file.object else {
            throw UploadError(.invalidResponse, "malformed response: no description of the file")
        }
        return object
    }

    private var changed: UploadError { UploadError(.conflict, "the file was changed by another program") }
}
