import Glibc
import LinuxIO

/// Paths as the commands take them from users.
enum Path {
    /// `path` seen from the root, without resolving links.
    static func absolute(_ path: String) -> String {
        if path.utf8.first == slash { return path }
        guard let directory = getcwd(nil, 0) else { return path }
        defer { free(directory) }
        return String(cString: directory) + "/" + path
    }

    private static let slash = UInt8(ascii: "/")

    /// `path` without links and dots; nil, with errno set, where it does not lead anywhere.
    static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The same, but without touching what `path` itself names: its file system may be dead.
    static func resolvedParent(_ path: String) -> String? {
        let components = absolute(path).split(atByte: slash)
        guard let name = components.last else { return resolved("/") }
        // Only the system can tell what comes before a last `.` or `..`.
        guard name != ".", name != "..", let parent = resolved("/" + components.dropLast().joined(separator: "/")) else { return nil }
        return parent == "/" ? "/\(name)" : "\(parent)/\(name)"
    }

    /// The same for a path whose last components need not exist yet.
    static func resolvedAsFarAsItExists(_ path: String) -> String {
        var existing = absolute(path).split(atByte: slash)
        var missing: [String] = []
        while let last = existing.last {
            if let resolved = resolved("/" + existing.joined(separator: "/")) {
                return ([resolved == "/" ? "" : resolved] + missing).joined(separator: "/")
            }
            missing.insert(last, at: 0)
            existing.removeLast()
        }
        return "/" + missing.joined(separator: "/")
    }

    /// Whether `path` is `directory` or lies below it; both resolved.
    static func isInside(_ path: String, _ directory: String) -> Bool {
        path.hasSameBytes(as: directory) || path.startsWithBytes(of: directory.utf8.last == slash ? directory : directory + "/")
    }
}
