import UploadCore

/// An object's place: folders below the destination's, and a name.
struct DriveKey: Equatable {
    let folders: [String]
    let name: String

    init(_ key: ObjectKey) {
        let parts = key.text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        folders = Array(parts.dropLast())
        name = parts.last ?? ""
    }

    static func make(_ path: SpoolPath, below prefix: [String]) throws(UploadError) -> ObjectKey {
        guard let text = path.text else { throw UploadError(.invalidName, "Drive can not hold a name that is not UTF-8: \(path)") }
        guard !text.isEmpty else { throw UploadError(.invalidName, "Drive can not hold a file without a name") }
        return ObjectKey((prefix + [text]).joined(separator: "/"))
    }
}
