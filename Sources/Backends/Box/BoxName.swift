import UploadCore

/// The rules for the names of files and folders (support.box.com, "Box File and Folder Name Limitations").
enum BoxName {
    static let charactersMax = 255

    /// Why the service does not accept a name; nil where it does.
    static func objection(to name: ServiceName) -> String? {
        let scalars = name.text.unicodeScalars
        if scalars.isEmpty { return "it is empty" }
        if scalars.count > charactersMax { return "it has \(scalars.count) characters, and the limit is \(charactersMax)" }
        if name == "." || name == ".." { return "it is a dot or two" }
        if scalars.contains("/") || scalars.contains("\\") { return "it contains a slash or a backslash" }
        if scalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) { return "it contains a control character" }
        if scalars.first == " " || scalars.last == " " { return "it begins or ends with a space" }
        return nil
    }

    /// The key for a path below the mount: its names, below those of the destination.
    static func key(for path: SpoolPath, below prefix: String) throws(UploadError) -> ObjectKey {
        guard let text = path.text else { throw UploadError(.invalidName, "Box cannot store a name that is not UTF-8: \(path)") }
        for name in ObjectKey(text).names {
            if let reason = objection(to: name) { throw UploadError(.invalidName, "Box cannot store the name \"\(name)\": \(reason)") }
        }
        return ObjectKey(prefix.isEmpty ? text : "\(prefix)/\(text)")
    }
}

extension ObjectKey {
    /// The names of the folders that a file of Box lies in.
    var boxFolders: [ServiceName] { names.dropLast() }

    var boxName: ServiceName { names.last ?? "" }
}
