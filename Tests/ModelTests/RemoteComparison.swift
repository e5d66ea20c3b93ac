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
    /// A session that was opened for a process that was killed before the response cannot be dropped; the service lets it expire.
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
        let resent = try mount.service.counters().objects.values.map(\.resent_bytes).reduce(0, +)
        if resent > 0 { throw ModelRun.Failure(description: "\(resent) bytes were sent again that the service had confirmed") }
    }

    private func differences() throws -> [String] {
        let states = tree.files.compactMap { path in difference(ofState: mount.attribute("state", of: path), path) }
        // The server is looked at when the mount says that it is ready, and not before.
        if !states.isEmpty { return states }
        let objects = Dictionary(uniqueKeysWithValues: try mount.service.objects().map { ($0.name, $0) })
        var differences: [String] = []
        for path in tree.files where !isHeld(path) {
            differences += difference(of: objects[path], path)
        }
        // A held file's object, if there is one, is the file as it was when it was last whole.
        for key in objects.keys.sorted() where !tree.files.contains(key) || Self.isHeldByName(key) {
            differences.append("\(key): an object that should not be there")
        }
        let sessions = try mount.service.counters().open_sessions
        if sessions > lostSessionsMax { differences.append("\(sessions) upload sessions are open") }
        return differences
    }

    private func difference(ofState state: String?, _ path: String) -> String? {
        let state = state ?? "none"
        let expected: [String] =
            if Self.isHeldByName(path) {
                ["held"]
            } else {
                switch fragment(path) {
                case .certain: ["held"]
                case .possible: ["held", "uploaded"]
                case nil: ["uploaded"]
                }
            }
        if expected.contains(state) { return nil }
        if state == "failed", let inode = tree.entries[path]?.status.inode, writing.cancelled.contains(inode) {
            try? mount.setAttribute("control", to: "retry", of: path)
        }
        let error = mount.attribute("error", of: path).map { " (\($0))" } ?? ""
        return "\(path): state \(state)\(error), expected \(expected.joined(separator: " or "))"
    }

    private func difference(of object: TestService.Object?, _ path: String) -> [String] {
        guard let object else { return ["\(path): not at the server"] }
        guard let entry = tree.entries[path] else { return [] }
        let (found, wanted) = ("\(object.size) \(object.crc32c)", "\(entry.status.size) \(entry.digest.digest.base64)")
        return found == wanted ? [] : ["\(path): the object is \(found), the file \(wanted)"]
    }

    static func isHeldByName(_ path: String) -> Bool { path.hasSuffix(".part") }
    private func isHeld(_ path: String) -> Bool { mount.attribute("state", of: path) == "held" }

    private func fragment(_ path: String) -> WritingState.Certainty? {
        tree.entries[path].flatMap { writing.fragment($0.status.inode) }
    }
}
