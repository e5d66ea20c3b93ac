import Foundation
import Glibc

/// The few calls on names that the storage needs.
enum Files {
    /// Makes a directory and those above it. One that is there already is fine.
    static func makeDirectory(_ path: String) throws {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash > path.startIndex else { throw FileError("mkdir", path) }
        try makeDirectory(String(path[..<slash]))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw FileError("mkdir", path) }
    }

    static func move(_ source: String, to target: String) throws {
        guard rename(source, target) == 0 else { throw FileError("rename", target) }
    }

    static func remove(_ path: String) throws {
        guard unlink(path) == 0 || errno == ENOENT else { throw FileError("unlink", path) }
    }

    /// Removes an empty directory; one that is not there is fine.
    static func removeDirectory(_ path: String) throws {
        guard rmdir(path) == 0 || errno == ENOENT else { throw FileError("rmdir", path) }
    }

    /// Gives a file a second name. Objects are replaced as a whole and never written to again, so a copy may share its bytes.
    static func share(_ source: String, as copy: String) throws {
        guard link(source, copy) == 0 else { throw FileError("link", copy) }
    }

    /// Writes a small file so that a reader, or the next run of the server, sees all of it or what was there before.
    static func replace(_ path: String, with content: Data, temporary: String) throws {
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileError("open", temporary) }
        let count = content.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard close(descriptor) == 0, count == content.count else { throw FileError("write", temporary) }
        try move(temporary, to: path)
    }

    /// The names in a directory, without `.` and `..`, in no order.
    static func names(in path: String) throws -> [String] {
        guard let directory = opendir(path) else { throw FileError("opendir", path) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
