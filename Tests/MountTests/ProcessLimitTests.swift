import Foundation
import Glibc
import MountTestSupport
import Testing

/// Limits of the process that a mount meets, and what it keeps to itself.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct ProcessLimitTests {
    /// The HTTP client's threads need descriptors of their own, and would end the process without them.
    @Test func theFirstUploadWaitsWhereThereIsNoDescriptorLeft() throws {
        try TestMount.with(options: ["passthrough=off"]) { mount in
            let pid = try #require(mount.pid)
            let used = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
            try shell("prlimit --pid \(pid) --nofile=\(used + 4):\(used + 4)")
            // Each file that is open on the mount takes one, until there are no more.
            let keepOpen = """
                import os, sys
                with open(sys.argv[1] + "/first", "w") as file: file.write("x")
                files = []
                try:
                    for i in range(1000): files.append(os.open(sys.argv[1] + "/open%d" % i, os.O_CREAT | os.O_WRONLY))
                except OSError as error:
                    print(error.errno)
                sys.stdout.flush()
                sys.stdin.read()
                """
            let outcome = try shell("sleep 2 | python3 -c '\(keepOpen)' '\(mount.path)'")
            #expect(outcome.trimmingCharacters(in: .whitespacesAndNewlines) == "\(EMFILE)")
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys().contains("first"))
        }
    }

    @Test func noCoreFileOfAMountIsWritten() throws {
        try TestMount.with { mount in
            let pid = try #require(mount.pid)
            let limits = try shell("grep 'Max core file size' /proc/\(pid)/limits").split(separator: " ")
            #expect(limits.filter { $0 == "0" }.count == 2, "\(limits)")
        }
    }

    @Test func aSignalAboutTheSizeOfAFileDoesNotEndTheMount() throws {
        try TestMount.with(options: ["passthrough=off"]) { mount in
            let pid = try #require(mount.pid)
            try shell("prlimit --pid \(pid) --fsize=1048576:1048576")
            let outcome = try shell("head -c 3000000 /dev/zero > '\(mount.path)/large' 2>&1 || echo refused")
            #expect(outcome.contains("refused"))
            try shell("echo small > '\(mount.path)/small'")
            try mount.waitUntilUploaded("small")
        }
    }
}
