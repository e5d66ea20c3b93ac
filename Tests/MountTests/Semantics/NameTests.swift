import Foundation
import MountTestSupport
import Testing

/// Names, and links that lead to them.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct NameTests {
    @Test func aNameHasUpTo255Bytes() throws {
        try Probe.expectAlike("names.lengths")
    }

    @Test func aNameHasAnyBytes() throws {
        try Probe.expectAlike("names.any_bytes")
    }

    @Test func aNameThatTheServiceCanNotHoldIsKeptLocallyAndFails() throws {
        try TestMount.with { mount in
            try shell(#"cd '\#(mount.path)' && echo break > $'line\nbreak' && echo bytes > $'\xff\xfe' && echo good > good"#)
            try mount.waitUntilUploaded("good")
            for (name, reason) in [(#"$'line\nbreak'"#, "line break"), (#"$'\xff\xfe'"#, "UTF-8")] {
                let attribute = { (attribute: String) in
                    try shell("cd '\(mount.path)' && getfattr --only-values -n user.upload.\(attribute) \(name)")
                }
                try eventually("the failure") { try attribute("state") == "failed" }
                #expect(try attribute("error").contains(reason))
            }
            #expect(try shell(#"cd '\#(mount.path)' && cat $'line\nbreak' $'\xff\xfe'"#) == "break\nbytes\n")
            #expect(try mount.service.keys() == ["good"])
            #expect(mount.attribute("state", of: ".") == "failed")
            // A name that it can hold is uploaded, and one that it cannot hold takes the object away.
            try shell(#"cd '\#(mount.path)' && mv $'line\nbreak' better && mv good $'no\ngood'"#)
            try mount.waitUntilUploaded("better")
            try eventually("the objects") { try mount.service.keys() == ["better"] }
            try shell(#"cd '\#(mount.path)' && mv $'no\ngood' good"#)
            try mount.waitUntilUploaded("good")
            #expect(try mount.isUploaded("good", as: mount.file("good")))
        }
    }

    @Test func symbolicLinksAreKeptAndNotUploaded() throws {
        try Probe.expectAlike("names.link_targets")
        try TestMount.with { mount in
            try shell("cd '\(mount.path)' && echo 1 > a && ln -s a link && ln -s absent dangling && ln -s /etc directory")
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys() == ["a"])
            #expect(mount.attribute("state", of: "link") == nil)
            #expect(mount.attribute("files_total", of: ".") == "1")
            try shell("cd '\(mount.path)' && mv -T dangling a && rm directory")
            try eventually("the object's end") { try mount.service.keys() == [] }
            #expect(try shell("readlink '\(mount.file("a"))'") == "absent\n")
        }
    }
}
