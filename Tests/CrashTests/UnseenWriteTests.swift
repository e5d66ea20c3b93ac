import Foundation
import MountTestSupport
import Testing

/// A kill while files are open for writing whose content had been uploaded: with kernel passthrough the killed process knew only that
/// they may change.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct UnseenWriteTests {
    @Test func aFileThatWasBeingWrittenInPlaceIsHeld() throws {
        try TestMount.with { mount in
            try shell("echo before > '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            let file = try OpenFile(mount.file("a"))
            try file.write("BE", at: 0)
            try mount.killHard()
            try? file.close()
            try mount.mount()
            try eventually("the state") { mount.attribute("state", of: "a") == "held" }
            try shell("'\(Programs.uploadfs)' retry '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            #expect(try shell("cat '\(mount.file("a"))'") == "BEfore\n")
            #expect(try mount.isUploaded("a", as: mount.file("a")))
        }
    }

    @Test func aFileThatWasOnlyOpenIsNotUploadedAgain() throws {
        try TestMount.with { mount in
            try shell("echo text > '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            let file = try OpenFile(mount.file("a"))
            try mount.killHard()
            try? file.close()
            try mount.mount()
            #expect(mount.attribute("state", of: "a") == "uploaded")
            try shell("echo text > '\(mount.file("b"))'")
            try mount.waitUntilUploaded()
            #expect(try mount.service.counters().objects["demo/a"]?.requests_by_kind == ["multipart": 1])
        }
    }

    /// A program with a file that is passed through writes on after the process of the mount is gone, as the kernel writes for it.
    @Test(.enabled(if: Machine.canUsePassthrough, "kernel passthrough needs root and Linux 6.9"))
    func whatIsWrittenAfterTheKillIsNotUploadedBeforeItsClose() throws {
        try TestMount.with(options: ["passthrough=on"]) { mount in
            try shell("echo before > '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            let file = try OpenFile(mount.file("a"))
            try mount.killHard()
            try mount.mount()
            #expect(mount.attribute("state", of: "a") == "held")
            try shell("'\(Programs.uploadfs)' retry '\(mount.file("a"))' && echo text > '\(mount.file("b"))'")
            try mount.waitUntilUploaded("b")
            try file.write("AFTER!", at: 0)
            #expect(try mount.service.counters().objects["demo/a"]?.requests_by_kind == ["multipart": 1])
            try? file.close()
            try mount.waitUntilUploaded("a")
            #expect(try shell("cat '\(mount.file("a"))'") == "AFTER!\n")
            #expect(try mount.isUploaded("a", as: mount.file("a")))
        }
    }
}
