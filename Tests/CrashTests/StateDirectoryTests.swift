import Foundation
import MountTestSupport
import Testing

/// Damage to what a mount keeps about uploads costs no data, and a state directory that is not its own is refused.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct StateDirectoryTests {
    @Test(arguments: [
        "rm -f checkpoints.sqlite*", "rm -f checkpoints.sqlite-wal checkpoints.sqlite-shm",
        "head -c 20000 /dev/urandom > checkpoints.sqlite", ": > checkpoints.sqlite; rm -f checkpoints.sqlite-*",
        "rm -rf journal", "rm -rf journal checkpoints.sqlite*", "for f in journal/*; do head -c 50 /dev/urandom >> $f; done",
    ])
    func aDamagedRecordIsMadeAnewAndEverythingIsUploaded(damage: String) throws {
        try TestMount.with { mount in
            try mount.service.setFaults(#"[{"kind":"multipart","key":"b","times":null,"action":{"status":503}}]"#)
            try shell("cd '\(mount.path)' && echo one > a && mkdir d && echo two > b && echo three > d/c")
            try mount.waitUntilUploaded("a")
            try mount.waitUntilUploaded("d/c")
            try mount.killHard()
            try shell("cd '\(mount.state)' && \(damage)")
            try mount.service.clearFaults()
            try mount.mount()
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys() == ["a", "b", "d/c"])
            #expect(try shell("cd '\(mount.path)' && cat a b d/c") == "one\ntwo\nthree\n")
        }
    }

    struct Refusal: CustomTestStringConvertible {
        let change: String
        let status: Int32
        let says: String

        var testDescription: String { says }
    }

    @Test(arguments: [
        Refusal(change: "echo 2 > version", status: 78, says: "version"),
        Refusal(change: "echo gs://other > destination", status: 78, says: "gs://other"),
        Refusal(change: "chmod 755 .", status: 77, says: "chmod 700"),
    ])
    func aStateDirectoryOfAnotherKindIsRefused(_ refusal: Refusal) throws {
        try TestMount.with { mount in
            try shell("echo kept > '\(mount.file("a"))'")
            try mount.waitUntilUploaded()
            try mount.unmount()
            try shell("cd '\(mount.state)' && \(refusal.change)")
            let outcome = try run(mount.command())
            #expect(outcome.status == refusal.status)
            #expect(outcome.errors.contains(refusal.says), "\(outcome.errors)")
            #expect(!mount.isMounted)
            #expect(try shell("cat '\(mount.state)/spool/a'") == "kept\n")
        }
    }

    @Test(.enabled(if: Machine.isRoot, "only root can mount a small disk"))
    func aFullDiskIsAnErrorOfTheWriteAndLosesNothing() throws {
        // A disk in memory is not passed through.
        try TestMount.with(options: ["passthrough=auto"], mounted: false) { mount in
            try shell("mkdir -m 700 '\(mount.state)' && mount -t tmpfs -o size=16m,mode=700 tmpfs '\(mount.state)'")
            defer {
                _ = try? run(["umount", "--lazy", mount.path])
                _ = try? run(["umount", "--lazy", mount.state])
            }
            try mount.mount()
            try shell("echo small > '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            let full = try run(["dd", "if=/dev/zero", "of=\(mount.file("b"))", "bs=1M", "count=32", "status=none"])
            #expect(full.status != 0)
            #expect(full.errors.contains("No space left on device"), "\(full.errors)")
            try shell("rm '\(mount.file("b"))' && echo after > '\(mount.file("c"))'")
            try mount.waitUntilUploaded("c")
            #expect(try shell("cd '\(mount.path)' && cat a c") == "small\nafter\n")
            try mount.unmount()
        }
    }
}
