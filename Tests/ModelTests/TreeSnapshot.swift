import Glibc
import LinuxIO
import UploadCore

/// All that a tree shows: for each path one line of what is there.
struct TreeSnapshot {
    struct Entry {
        let status: FileStatus
        /// Everything to compare, as text.
        let description: String
        /// CRC-32C of a regular file's content.
        let digest: CRC32C
    }

    private(set) var entries: [String: Entry] = [:]

    init(of place: Place) throws {
        let root = try place.directory()
        var directories = [""]
        while let directory = directories.popLast() {
            var stream = try DirectoryStream(BytePath(directory), in: root)
            while let entry = try stream.next() {
                if entry.isDotOrDotDot { continue }
                let name = String(decoding: entry.name, as: UTF8.self)
                let path = directory.isEmpty ? name : "\(directory)/\(name)"
                let found = try Self.entry(path, in: root)
                entries[path] = found
                if found.status.isDirectory { directories.append(path) }
            }
        }
    }

    /// The paths of regular files and of directories, without looking into them.
    static func names(in place: Place) throws -> (files: [String], directories: [String]) {
        var names: (files: [String], directories: [String]) = ([], [])
        let root = try place.directory()
        var waiting = [""]
        while let directory = waiting.popLast() {
            var stream = try DirectoryStream(BytePath(directory), in: root)
            while let entry = try stream.next() {
                if entry.isDotOrDotDot { continue }
                let name = String(decoding: entry.name, as: UTF8.self)
                let path = directory.isEmpty ? name : "\(directory)/\(name)"
                let status = try root.attributes(of: BytePath(path))
                if status.isRegularFile { names.files.append(path) }
                if status.isDirectory {
                    names.directories.append(path)
                    waiting.append(path)
                }
            }
        }
        return names
    }

    var files: [String] { paths { $0.isRegularFile } }
    var directories: [String] { paths { $0.isDirectory } }

    private func paths(where isWanted: (FileStatus) -> Bool) -> [String] {
        entries.filter { isWanted($0.value.status) }.keys.sorted()
    }

    /// The lines in which `other` differs.
    func differences(from other: TreeSnapshot) -> [String] {
        Set(entries.keys).union(other.entries.keys).sorted().compactMap { path in
            let (own, others) = (entries[path]?.description ?? "absent", other.entries[path]?.description ?? "absent")
            return own == others ? nil : "\(path): \(own), but in the model \(others)"
        }
    }

    private static func entry(_ path: String, in root: borrowing Descriptor) throws(Errno) -> Entry {
        let status = try root.attributes(of: BytePath(path))
        var digest = CRC32C()
        var parts = [Place.description(status), "time \(time(status))"]
        if status.isRegularFile {
            digest = try content(of: path, size: status.size, in: root)
            parts.append("content \(digest.value)")
        } else if status.isSymbolicLink {
            parts.append("to \(String(decoding: try root.symbolicLinkTarget(of: BytePath(path)), as: UTF8.self))")
        }
        if !status.isSymbolicLink { parts += try attributes(of: path, in: root) }
        return Entry(status: status, description: parts.joined(separator: " "), digest: digest)
    }

    /// The times that the steps set are all before 2002; what the two kernels' clocks said a step apart cannot be compared.
    private static func time(_ status: FileStatus) -> String {
        status.modified.tv_sec < 1_009_843_200 ? "\(status.modifiedNanoseconds)" : "of today"
    }

    private static func content(of path: String, size: Int64, in root: borrowing Descriptor) throws(Errno) -> CRC32C {
        let file = try root.open(BytePath(path), O_RDONLY)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(size) + 1, alignment: 1)
        defer { buffer.deallocate() }
        var digest = CRC32C()
        digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<(try file.read(at: 0, into: buffer))]))
        return digest
    }

    /// The mount's own attributes, which show the state of the upload, are not the tree's.
    private static func attributes(of path: String, in root: borrowing Descriptor) throws(Errno) -> [String] {
        let attributes = ExtendedAttributes(of: BytePath(path), in: root)
        let names = try attributes.names().filter { $0.starts(with: "user.".utf8) && !$0.starts(with: "user.upload.".utf8) }
        return try names.map { (name) throws(Errno) in
            var digest = CRC32C()
            let value = try attributes.value(of: BytePath(name))
            value.withUnsafeBytes { digest.update($0) }
            return "\(String(decoding: name, as: UTF8.self))=\(value.count):\(digest.value)"
        }.sorted()
    }
}
