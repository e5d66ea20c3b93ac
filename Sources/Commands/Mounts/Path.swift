import Glibc

/// Paths as the commands take them from users.
enum Path {
    /// `path` seen from the root, without resolving links.
    static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
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
        let trimmed = String(absolute(path).reversed().drop(while: { $0 == "/" }).reversed())
        guard let slash = trimmed.lastIndex(of: "/") else { return resolved("/") }
        let name = trimmed[trimmed.index(after: slash)...]
        // Only the system can tell what comes before a last `.` or `..`.
        guard name != ".", name != "..", let parent = resolved(String(trimmed[...slash])) else { return nil }
        return parent == "/" ? "/\(name)" : "\(parent)/\(name)"
    }

    /// The same for a path whose last components need not exist yet.
    static func resolvedAsFarAsItExists(_ path: String) -> String {
        var existing = absolute(path)
        var missing: [Substring] = []
        while existing != "/" {
            if let resolved = resolved(existing) { return ([resolved == "/" ? "" : resolved[...]] + missing).joined(separator: "/") }
            let slash = existing.lastIndex(of: "/") ?? existing.startIndex
            let name = existing[existing.index(after: slash)...]
            if !name.isEmpty { missing.insert(name, at: 0) }
            existing = slash == existing.startIndex ? "/" : String(existing[..<slash])
        }
        return "/" + missing.joined(separator: "/")
    }

    /// Whether `path` is `directory` or lies below it; both resolved.
    static func isInside(_ path: String, _ directory: String) -> Bool {
        path == directory || path.hasPrefix(directory.hasSuffix("/") ? directory : directory + "/")
    }
}
