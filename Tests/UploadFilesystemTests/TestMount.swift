import Foundation
import FuseBridge
import LinuxIO
import Logging
import NIOConcurrencyHelpers
import Spool
import Testing

@testable import UploadFilesystem

/// A real mount of a fresh spool in this process, with a queue that the test looks into.
struct TestMount: Sendable {
    let directory: String
    let queue: RecordingQueue
    let spool: SpoolTree

    /// Where the file system is mounted.
    var root: String { directory + "/mount" }

    func path(_ name: String) -> String {
        root + "/" + name
    }

    static let isPossible = access("/dev/fuse", F_OK) == 0

    /// Whether tests that do not say it themselves run on kernel passthrough.
    static let usesPassthrough = ProcessInfo.processInfo.environment["UPLOADFS_TEST_PASSTHROUGH"] == "on"

    private static let kernelVersion: (Int, Int) = {
        let version = ProcessInfo.processInfo.operatingSystemVersion
        return (version.majorVersion, version.minorVersion)
    }()

    static let canUsePassthrough =
        isPossible && geteuid() == 0 && kernelVersion >= (6, 9)
        && ["ext2/ext3\n", "xfs\n", "btrfs\n"].contains(
            try? run("stat", "--file-system", "--format=%T", NSTemporaryDirectory()).output)
}

extension Trait where Self == ConditionTrait {
    static var needsFuse: Self { .enabled(if: TestMount.isPossible, "there is no /dev/fuse") }
    static var needsPassthrough: Self { .enabled(if: TestMount.canUsePassthrough, "kernel passthrough needs root and Linux 6.9") }
}

/// Runs `body` on a thread of its own, since it blocks in calls that other threads of this process answer, and unmounts after
/// it whatever happens.
/// - Parameter times: what passthrough takes the spool's file system for, where that is not to be tried out.
func withMount(
    _ configure: (inout FilesystemOptions) -> Void = { _ in }, allowOther: Bool = false,
    passthrough: Bool = TestMount.usesPassthrough, times: ChangeTimes? = nil,
    _ body: @escaping @Sendable (TestMount) throws -> Void
) async throws {
    let directory = NSTemporaryDirectory() + "uploadfs-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory + "/mount", withIntermediateDirectories: true)
    // Another user's process has to get through to the mount.
    chmod(directory, 0o755)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    var options = FilesystemOptions(source: "gs://demo")
    configure(&options)
    let logger = Logger(label: "mount")
    let state = try StateDirectory.open(path: directory + "/state", destination: "gs://demo")
    let queue = RecordingQueue()
    let filesystem = try UploadFilesystem(spool: state.spool, queue: queue, options: options, logger: logger)
    var mounting = MountOptions(source: "gs://demo")
    mounting.allowOther = allowOther
    mounting.wantsPassthrough = passthrough
    let session = try FuseSession(filesystem: filesystem, mountpoint: directory + "/mount", options: mounting, logger: logger)
    if passthrough { try filesystem.use(session.passthrough) }
    if let times { filesystem.passthrough.withLockedValue { $0 = $0.map { Passthrough(kernel: $0.kernel, times: times) } } }
    Thread.detachNewThread { try? session.run() }
    let mount = TestMount(directory: directory, queue: queue, spool: state.spool)
    let outcome = await onThread { Result { try body(mount) } }
    await onThread { session.stop() }
    filesystem.end()
    try outcome.get()
}

func onThread<Outcome: Sendable>(_ body: @escaping @Sendable () -> Outcome) async -> Outcome {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: body()) }
    }
}

/// Runs a command of the system; its output must not be large.
@discardableResult
func run(_ arguments: String...) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
}

extension TestMount {
    func write(_ text: String, to name: String) throws {
        try openFile(name, O_WRONLY | O_CREAT | O_TRUNC).writeAll(text)
    }

    func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path(name))), as: UTF8.self)
    }

    func openFile(_ name: String, _ flags: Int32) throws -> Descriptor {
        try Descriptor.open(BytePath(path(name)), flags, mode: 0o644)
    }

    /// The mount's own files; what is done through it goes through the kernel like a stranger's.
    func directoryOfMount() throws -> Descriptor {
        try Descriptor.open(BytePath(root), O_RDONLY | O_DIRECTORY)
    }

    func attribute(_ attribute: String, of name: String) throws -> String {
        let mount = try directoryOfMount()
        let value = try ExtendedAttributes(of: BytePath(name), in: mount).value(of: BytePath(attribute))
        return String(decoding: value, as: UTF8.self)
    }

    func setAttribute(_ attribute: String, of name: String, to value: String) throws {
        let mount = try directoryOfMount()
        let bytes = Array(value.utf8)
        try bytes.withUnsafeBytes { try ExtendedAttributes(of: BytePath(name), in: mount).set(BytePath(attribute), to: $0, flags: 0) }
    }

    func attributeNames(of name: String) throws -> [String] {
        let mount = try directoryOfMount()
        return try ExtendedAttributes(of: BytePath(name), in: mount).names().map { String(decoding: $0, as: UTF8.self) }
    }
}
