import UploadCore

/// The rules for the names of files and folders (support.box.com, "Box File and Folder Name Limitations").
enum BoxName {
    static let charactersMax = 255

    /// What the service has against a name; nil where it takes it.
    static func objection(to name: some StringProtocol) -> String? {
        if name.isEmpty { return "it is empty" }
        if name.count > charactersMax { return "it has \(name.count) characters, and \(charactersMax) is the most" }
        if name == "." || name == ".." { return "it is a dot or two" }
        if name.contains("/") || name.contains("\\") { return "it contains a slash or a backslash" }
        if name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) { return "it contains a control character" }
        if name.hasPrefix(" ") || name.hasSuffix(" ") { return "it begins or ends with a space" }
        return nil
    }

    /// The key for a path below the mount: its names, below those of the destination.
    static func key(for path: SpoolPath, below prefix: String) throws(UploadError) -> ObjectKey {
        guard let text = path.text else { throw UploadError(.invalidName, "Box can not hold a name that is not UTF-8: \(path)") }
        for name in text.split(separator: "/", omittingEmptySubsequences: false) {
            if let reason = objection(to: name) { throw UploadError(.invalidName, "Box can not hold the name \"\(name)\": \(reason)") }
        }
        return ObjectKey(prefix.isEmpty ? text : "\(prefix)/\(text)")
    }
}

extension ObjectKey {
    /// The names of the folders that a file of Box lies in.
    var boxFolders: [String] { names.dropLast().map(String.init) }

    var boxName: String { names.last.map(String.init) ?? "" }

    private var names: [Substring] { text.split(separator: "/") }
}
