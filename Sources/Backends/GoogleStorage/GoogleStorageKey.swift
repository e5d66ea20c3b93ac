import UploadCore

/// The rules for object names (cloud.google.com/storage/docs/objects#naming).
enum GoogleStorageKey {
    static let bytesMax = 1024

    static func make(_ path: SpoolPath, prefix: String) throws(UploadError) -> ObjectKey {
        guard let text = path.text else {
            throw UploadError(.invalidName, "Cloud Storage cannot store a name that is not UTF-8: \(path)")
        }
        let key = prefix.isEmpty ? text : text.isEmpty ? prefix : "\(prefix)/\(text)"
        if let reason = objection(to: key) {
            throw UploadError(.invalidName, "Cloud Storage cannot store this name: \(reason)")
        }
        guard !text.isEmpty else { throw UploadError(.invalidName, "Cloud Storage cannot store an object without a name") }
        return ObjectKey(key)
    }

    /// Why the service does not accept a name; nil where it does.
    static func objection(to key: String) -> String? {
        if key.utf8.count > bytesMax { return "it has \(key.utf8.count) bytes, and the limit is \(bytesMax)" }
        if key.utf8.contains(where: { $0 == 10 || $0 == 13 }) { return "it contains a line break" }
        if key == "." || key == ".." { return "it is a dot or two" }
        if key.hasBytes(prefix: ".well-known/acme-challenge/") { return "it begins with .well-known/acme-challenge/" }
        return nil
    }
}
