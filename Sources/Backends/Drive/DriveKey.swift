import UploadCore

/// An object's place: folders below the destination's, and a name.
struct DriveKey: Equatable {
    let folders: [ServiceName]
    let name: ServiceName

    init(_ key: ObjectKey) {
        let names = key.names
        folders = names.dropLast()
        name = names.last ?? ""
    }

    static func make(_ path: SpoolPath, below prefix: [ServiceName]) throws(UploadError) -> ObjectKey {
        guard let text = path.text else { throw UploadError(.invalidName, "Drive cannot store a name that is not UTF-8: \(path)") }
        guard !text.isEmpty else { throw UploadError(.invalidName, "Drive cannot store a file without a name") }
        return ObjectKey(names: prefix + [ServiceName(text)])
    }
}
