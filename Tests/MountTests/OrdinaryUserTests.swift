import Foundation
import MountTestSupport
import Testing

/// The same for somebody who is not root: through fusermount3, which is set-user-ID.
@Suite(.serialized, .enabled(if: Machine.isRoot && Machine.usersCanMount, "needs root to become somebody else, and /dev/fuse open to all"))
struct OrdinaryUserTests {
    private static let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env"]

    @Test func anOrdinaryUserMountsUploadsAndUnmounts() throws {
        try TestMount.with(mounted: false) { mount in
            let program = try Programs.copyForOthers(in: mount.directory)
            let home = mount.directory + "/home"
            try shell("mkdir -p '\(home)/mnt' && chown -R 65534:65534 '\(home)'")
            let asUser = Self.nobody + ["HOME=\(home)"]
            let mounted = try run(asUser + [program, "mount", "-o", "endpoint=\(mount.service.url),settle=0.1", "gs://demo", home + "/mnt"])
            #expect(mounted.isSuccess, "\(mounted.errors)")
            defer { _ = try? run(asUser + ["fusermount3", "-u", "-z", home + "/mnt"]) }
            #expect(try run(asUser + ["bash", "-c", "echo hello > '\(home)/mnt/a' && test -O '\(home)/mnt/a'"]).isSuccess)
            let drained = try run(asUser + [program, "wait", "--timeout", "150", home + "/mnt"])
            #expect(drained.isSuccess, "\(drained.errors)")
            #expect(try mount.service.keys() == ["a"])
            // The default state directory: below the user's home, with a name of its own for each mountpoint.
            let escaped = try shell("systemd-escape --path '\(home)/mnt' 2>/dev/null || true").trimmingCharacters(in: .whitespacesAndNewlines)
            let states = try FileManager.default.contentsOfDirectory(atPath: home + "/.local/state/uploadfs")
            #expect(states.count == 1)
            if !escaped.isEmpty { #expect(states == [escaped]) }
            #expect(!(try run(["test", "-e", home + "/mnt/a"]).isSuccess), "without allow_other not even root looks in")
            let unmounted = try run(asUser + [program, "unmount", home + "/mnt"])
            #expect(unmounted.isSuccess, "\(unmounted.errors)")
        }
    }
}
