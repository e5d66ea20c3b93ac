import Foundation
import MountTestSupport
import UploadCore

/// What the service holds, against what a mount shows.
extension TestMount {
    /// Nothing, if every file is uploaded, byte for byte and under its name, or held back, there are no other objects, and no
    /// upload session is open.
    func remoteDifferences() throws -> [String] {
        let files = try regularFiles()
        let states = files.compactMap { file -> String? in
            let state = attribute("state", of: file) ?? "none"
            let expected = file.hasSuffix(".part") ? "held" : "uploaded"
            return state == expected ? nil : "\(file) is \(state), not \(expected): \(attribute("error", of: file) ?? "")"
        }
        // The service is asked when the mount says that it is ready.
        if !states.isEmpty { return states }
        let held = Set(files.filter { $0.hasSuffix(".part") })
        let objects = Dictionary(uniqueKeysWithValues: try service.objects().map { ($0.name, "\($0.size) bytes \($0.crc32c)") })
        var differences = Set(objects.keys).subtracting(Set(files).subtracting(held)).sorted().map { "\($0) is an object and no file" }
        for file in files where !held.contains(file) {
            let found = objects[file] ?? "no object"
            let expected = try checksum(of: file)
            if found != expected { differences.append("\(file) is \(found), not \(expected)") }
        }
        // Work that is under way may still leave something.
        let counters = try service.counters()
        if counters.requests_in_flight > 0 { differences.append("\(counters.requests_in_flight) requests are under way") }
        let sessions = counters.open_sessions
        if sessions > 0 { differences.append("\(sessions) upload sessions are open") }
        return differences
    }

    private func regularFiles() throws -> [String] {
        let names = FileManager.default.enumerator(atPath: path)
        var files: [String] = []
        while let name = names?.nextObject() as? String {
            if names?.fileAttributes?[.type] as? FileAttributeType == .typeRegular { files.append(name) }
        }
        return files.sorted()
    }

    private func checksum(of name: String) throws -> String {
        let content = try Data(contentsOf: URL(filePath: file(name)))
        var digest = CRC32C()
        content.withUnsafeBytes { digest.update($0) }
        return "\(content.count) bytes \(digest.digest.base64)"
    }
}
