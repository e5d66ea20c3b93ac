import Foundation
import MountTestSupport
import Testing

/// Requests that stand still, because the disk does, do not hold up the others.
@Suite(.serialized, .enabled(if: Machine.canFreezeDisks, "needs root, loop devices, mkfs.ext4 and fsfreeze"))
struct FrozenDiskTests {
    @Test func requestsThatTheDiskHoldsUpDoNotHoldUpOthers() throws {
        try TestMount.with(mounted: false) { mount in
            let (disk, image) = (mount.state, mount.directory + "/image")
            try shell(
                "truncate -s 64M '\(image)' && mkfs.ext4 -q '\(image)' && mkdir '\(disk)' && mount -o loop '\(image)' '\(disk)' && chmod 700 '\(disk)'"
            )
            defer { _ = try? run(["umount", "--lazy", disk]) }
            try mount.mount()
            try shell("cd '\(mount.path)' && mkdir directory $(seq 0 23) && echo text > directory/a")
            try mount.waitUntilUploaded()

            try shell("fsfreeze --freeze '\(disk)'")
            var isFrozen = true
            defer { if isFrozen { _ = try? run(["fsfreeze", "--unfreeze", disk]) } }
            // More than ever wait for requests at once. In one directory they would wait for one another.
            let writers = try (0..<24).map { try RunningProgram(["cp", "/etc/hostname", mount.file("\($0)/b")]) }
            try eventually("requests that stand still") { try Self.blockedThreads(of: mount) >= writers.count }
            for name in ["absent", "directory/absent"] { #expect(try !run(["stat", mount.file(name)]).isSuccess) }
            #expect(try shell("cat '\(mount.file("directory/a"))'") == "text\n")
            #expect(writers.allSatisfy { $0.process.isRunning })

            try shell("fsfreeze --unfreeze '\(disk)'")
            isFrozen = false
            for writer in writers { #expect(try writer.finish().isSuccess) }
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys().count == 25)
            try mount.unmount()
        }
    }

    /// Threads of the mount's process that cannot even be killed.
    private static func blockedThreads(of mount: TestMount) throws -> Int {
        let pid = try #require(mount.pid)
        return Int(try shell("cat /proc/\(pid)/task/*/stat | grep -c ') D ' || true").trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }
}
