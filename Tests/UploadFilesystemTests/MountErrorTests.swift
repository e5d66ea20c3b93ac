import Foundation
import FuseBridge
import Logging
import Spool
import Testing
import UploadFilesystem

@Suite(.serialized, .needsFuse) struct MountErrorTests {
    @Test func aMountpointThatCanNotBeUsedIsNamed() async throws {
        try await withMount { mount in
            #expect(throws: MountError.noMountpoint(path: "/nonexistent/x")) { try Self.mount("/nonexistent/x", mount) }
            #expect(throws: MountError.notADirectory(path: "/etc/passwd")) { try Self.mount("/etc/passwd", mount) }
            #expect(throws: MountError.alreadyMounted(path: mount.root)) { try Self.mount(mount.root, mount) }
        }
    }

    @Test func anUnknownOptionIsRefusedByName() async throws {
        try await withMount { mount in
            let other = mount.directory + "/other"
            try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
            do {
                try Self.mount(other, mount) { $0.generic = ["nonsense"] }
                Issue.record("the mount succeeded")
            } catch {
                #expect("\(error)".contains("nonsense"))
            }
        }
    }

    private static func mount(
        _ path: String, _ mount: TestMount, _ configure: (inout MountOptions) -> Void = { _ in }
    ) throws {
        let logger = Logger(label: "mount")
        let filesystem = try UploadFilesystem(
            spool: mount.spool, queue: mount.queue, options: FilesystemOptions(source: "gs://demo"), logger: logger)
        var options = MountOptions(source: "gs://demo")
        configure(&options)
        _ = try FuseSession(filesystem: filesystem, mountpoint: path, options: options, logger: logger)
    }
}
