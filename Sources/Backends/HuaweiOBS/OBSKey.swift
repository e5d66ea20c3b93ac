import UploadCore

/// The rules for object names (support.huaweicloud.com, OBS API reference, "PUT Objects").
enum OBSKey {
    static let bytesMax = 1024

    static func make(_ path: SpoolPath, prefix: String) throws(UploadError) -> ObjectKey {
        guard let text = path.text else { throw UploadError(.invalidName, "OBS cannot store a name that is not UTF-8: \(path)") }
        guard !text.isEmpty else { throw UploadError(.invalidName, "OBS cannot store an object without a name") }
        let key = prefix.isEmpty ? text : "\(prefix)/\(text)"
        if let reason = objection(to: key) { throw UploadError(.invalidName, "OBS cannot store this name: \(reason)") }
        return ObjectKey(key)
    }

    /// Why the service does not accept a name; nil where it does.
    static func objection(to key: String) -> String? {
        if key.utf8.count > bytesMax { return "it has \(key.utf8.count) bytes, and the limit is \(bytesMax)" }
        if key.utf8.contains(where: { $0 == 10 || $0 == 13 }) { return "it contains a line break" }
        return nil
    }
}
