import Foundation
import LinuxIO

/// A mount of a bucket of the test server, in a directory of its own that goes away with it.
public final class TestMount {
    public let directory: String
    public let service: TestService
    public var options: [String]
    public var destination = "gs://demo"
    /// Of the mount's process, besides what all programs of a test have.
    public var environment: [String: String] = [:]

    public var path: String { "\(directory)/mnt" }
    public var state: String { "\(directory)/state" }

    /// Runs `body` with a server and a mounted directory, and cleans up whatever happens.
    public static func with(
        options: [String] = [], mounted: Bool = true, _ body: (TestMount) throws -> Void
    ) throws {
        let mount = try TestMount(options: options)
        defer { mount.cleanUp() }
        if mounted { try mount.mount() }
        do {
            try body(mount)
        } catch {
            throw Failed(description: "\(error)\nThe mount's log:\n\(mount.log)")
        }
    }

    private init(options: [String]) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "uploadfs-test-\(UUID().uuidString.prefix(8))").path
        self.options = options
        try FileManager.default.createDirectory(atPath: directory + "/mnt", withIntermediateDirectories: true)
        service = try TestService(root: directory + "/server")
    }

    public var optionList: String {
        (["endpoint=\(service.url)", "state_dir=\(state)", "settle=0.1"] + Machine.passthroughOption + options).joined(separator: ",")
    }

    /// The command line of `uploadfs mount`.
    public func command(foreground: Bool = false) -> [String] {
        [Programs.uploadfs, "mount"] + (foreground ? ["-f"] : []) + ["-o", optionList, destination, path]
    }

    public func mount() throws {
        let outcome = try run(command(), environment: environment)
        guard outcome.isSuccess else { throw Failed(description: "mount: \(outcome.status) \(outcome.errors)") }
    }

    public func unmount() throws {
        let outcome = try run([Programs.uploadfs, "unmount", path])
        guard outcome.isSuccess else { throw Failed(description: "unmount: \(outcome.status) \(outcome.errors)") }
    }

    /// The process that the state directory's lock names.
    public var pid: pid_t? {
        (try? String(contentsOfFile: state + "/lock", encoding: .utf8)).flatMap { $0.split(separator: "\n").first }.flatMap { pid_t($0) }
    }

    /// Kills the mount's process as a crash would, and waits for its end.
    public func killHard() throws { try end(by: SIGKILL) }

    /// Sends a signal that ends the mount's process, and waits for its end.
    public func end(by signal: Int32) throws {
        guard let pid else { throw Failed(description: "no process to kill") }
        kill(pid, signal)
        try eventually("the end of the process after signal \(signal)") { !Self.isAlive(pid) }
    }

    /// A zombie, which nobody has waited for, counts as gone.
    public static func isAlive(_ pid: pid_t) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        return status.split(separator: ")").last?.split(separator: " ").first != "Z"
    }

    public var isMounted: Bool {
        (try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8))?.contains(" \(path) ") ?? false
    }

    public var log: String {
        (try? String(contentsOfFile: state + "/log", encoding: .utf8)) ?? "(none)"
    }

    // MARK: Files on it

    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// - Returns: nil where the file has no such attribute.
    public func attribute(_ name: String, of file: String) -> String? {
        guard let directory = try? Descriptor.open(BytePath(path), O_RDONLY | O_DIRECTORY) else { return nil }
        let attributes = ExtendedAttributes(of: BytePath(file), in: directory)
        return (try? attributes.value(of: BytePath("user.upload.\(name)"))).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Gives a command about uploads, as the programs do.
    public func setAttribute(_ name: String, to value: String, of file: String) throws {
        let directory = try Descriptor.open(BytePath(path), O_RDONLY | O_DIRECTORY)
        let bytes = Array(value.utf8)
        let outcome = bytes.withUnsafeBytes { bytes in
            Result { () throws(Errno) in
                try ExtendedAttributes(of: BytePath(file), in: directory).set(BytePath("user.upload.\(name)"), to: bytes, flags: 0)
            }
        }
        try outcome.get()
    }

    public func waitUntilUploaded(_ file: String = ".", within seconds: Double = Patience.seconds) throws {
        let outcome = try run([Programs.uploadfs, "wait", "--timeout", "\(seconds)", self.file(file)], within: seconds + 30)
        guard outcome.isSuccess else { throw Failed(description: "wait: \(outcome.status) \(outcome.errors)") }
    }

    /// Whether the object is, byte for byte, the file at `source`.
    public func isUploaded(_ key: String, as source: String) throws -> Bool {
        try service.checksum(of: key) == shell("sha256sum < '\(source)' | cut -d' ' -f1")
    }

    fileprivate func cleanUp() {
        if let pid, Self.isAlive(pid) { kill(pid, SIGKILL) }
        for _ in 0..<4 where isMounted {
            _ = try? run(Machine.isRoot ? ["umount", "--lazy", path] : ["fusermount3", "-u", "-z", path])
        }
        service.stop()
        try? FileManager.default.removeItem(atPath: directory)
    }
}
