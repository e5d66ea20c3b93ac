import Glibc
import UploadCore

/// Paths as the commands take them from users.
enum Path {
    /// `path` seen from the root, without resolving links.
    static func absolute(_ path: String) -> String {
        if path.hasBytes(prefix: "/") { return path }
        guard let directory = getcwd(nil, 0) else { return path }
        defer { free(directory) }
        return String(cString: directory) + "/" + path
    }

    /// `path` without links and dots; nil, with errno set, where it does not lead anywhere.
    static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The same, but without touching what `path` itself names: its file system may be dead.
    static func resolvedParent(_ path: String) -> String? {
        var names = absolute(path).pieces(at: "/")
        while names.last == "" { names.removeLast() }
        guard let name = names.popLast() else { return resolved("/") }
        // Only the system can tell what comes before a last `.` or `..`.
        guard name != ".", name != "..", let parent = resolved(names.joined(separator: "/") + "/") else { return nil }
        return parent == "/" ? "/\(name)" : "\(parent)/\(name)"
    }

    /// The same for a path whose last components need not exist yet.
    static func resolvedAsFarAsItExists(_ path: String) -> String {
        var existing = absolute(path).pieces(at: "/")[...]
        var missing: [String] = []
        while existing.contains(where: { !$0.isEmpty }) {
            if let resolved = resolved(existing.joined(separator: "/")) {
                return ([resolved == "/" ? "" : resolved] + missing).joined(separator: "/")
            }
            let name = existing.removeLast()
            if !name.isEmpty { missing.insert(name, at: 0) }
        }
        return "/" + missing.joined(separator: "/")
    }

    /// Whether `path` is `directory` or lies below it; both resolved.
    static func isInside(_ path: String, _ directory: String) -> Bool {
        path.hasSameBytes(as: directory) || path.hasBytes(prefix: directory.hasBytes(suffix: "/") ? directory : directory + "/")
    }
}
