import Foundation
import LinuxIO
import MountTestSupport
import UploadCore

/// Waits until the mount has nothing left to do, and compares what the server holds with what the mount shows.
struct RemoteComparison {
    let mount: TestMount
    let tree: TreeSnapshot
    let writing: WritingState
    /// For how long the mount may have something left to do.
    let patience: Duration
    /// A part whose sender was killed may still be on its way through the server while the next mount sends it again.
    let resentMax: Int64
    /// A session that was opened for a process that was killed before the answer can not be dropped; the service lets it expire.
    let lostSessionsMax: Int

    func run() throws {
        let deadline = ContinuousClock.now + patience
        var differences = try self.differences()
        while !differences.isEmpty {
            guard ContinuousClock.now < deadline else {
                throw ModelRun.Failure(description: "idle: " + differences.joined(separator: "\n"))
            }
            usleep(50_000)
            differences = try self.differences()
        }
        let counters = try read(Counted.self, "/_test/counters")
        let resent = counters.objects.values.map(\.resent_bytes).reduce(0, +)
        if resent > resentMax { throw ModelRun.Failure(description: "\(resent) bytes were sent again, more than \(resentMax)") }
    }

    private func differences() throws -> [String] {
        let states = tree.files.compactMap { path in difference(ofState: mount.attribute("state", of: path), path) }
        // The server is looked at when the mount says that it is ready, and not before.
        if !states.isEmpty { return states }
        let objects = try objects()
        var differences: [String] = []
        for path in tree.files where !isHeld(path) {
            differences += difference(of: objects[path], path)
        }
        // A held file's object, if there is one, is the file as it was when it was last whole.
        for key in objects.keys.sorted() where !tree.files.contains(key) || isHeldByName(key) {
            differences.append("\(key): an object that should not be there")
        }
        let counters = try read(Counted.self, "/_test/counters")
        if counters.open_sessions > lostSessionsMax { differences.append("\(counters.open_sessions) upload sessions are open") }
        return differences
    }

    private func difference(ofState state: String?, _ path: String) -> String? {
        let state = state ?? "none"
        let expected: [String] =
            if isHeldByName(path) {
                ["held"]
            } else {
                switch fragment(path) {
                case .certain: ["held"]
                case .possible: ["held", "uploaded"]
                case nil: ["uploaded"]
                }
            }
        if expected.contains(state) { return nil }
        let error = mount.attribute("error", of: path).map { " (\($0))" } ?? ""
        return "\(path): state \(state)\(error), expected \(expected.joined(separator: " or "))"
    }

    private func difference(of object: Object?, _ path: String) -> [String] {
        guard let object else { return ["\(path): not at the server"] }
        guard let entry = tree.entries[path] else { return [] }
        let checksum = "\(entry.status.size) \(entry.digest.digest.base64)"
        return object.checksum == checksum ? [] : ["\(path): the object is \(object.checksum), the file \(checksum)"]
    }

    private func isHeldByName(_ path: String) -> Bool { path.hasSuffix(".part") }
    private func isHeld(_ path: String) -> Bool { mount.attribute("state", of: path) == "held" }

    private func fragment(_ path: String) -> WritingState.Certainty? {
        tree.entries[path].flatMap { writing.fragment($0.status.inode) }
    }

    // MARK: The server

    private struct Object: Decodable {
        let name: String
        let size: String
        let crc32c: String
        var checksum: String { "\(size) \(crc32c)" }
    }

    private struct Listing: Decodable {
        let items: [Object]?
    }

    private struct Counted: Decodable {
        let open_sessions: Int
        let objects: [String: PerObject]

        struct PerObject: Decodable {
            let resent_bytes: Int64
        }
    }

    private func objects() throws -> [String: Object] {
        let objects = try read(Listing.self, "/storage/v1/b/demo/o").items ?? []
        return Dictionary(uniqueKeysWithValues: objects.map { ($0.name, $0) })
    }

    private func read<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(try shell("curl -sSf '\(mount.service.url)\(path)'").utf8))
    }
}
