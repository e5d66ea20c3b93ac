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
            guard let file = try await client.file(version.id), file.trashed != true, file.version == version else { throw changed }
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

    /// What a refused upload means. A folder that is not found may have been removed since it was looked up.
    func refusal(_ answer: HTTPAnswer, _ target: DriveWire.Target, _ object: ObjectDescription) async -> UploadError {
        guard answer.status == .notFound else { return faults.classify(answer, about: .container) }
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
            throw UploadError(.invalidAnswer, "the server answered with something that describes no file")
        }
        return object
    }

    private var changed: UploadError { UploadError(.conflict, "the file was changed by somebody else") }
}
