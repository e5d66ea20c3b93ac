import MountTestSupport
import Testing

/// What the mount does not offer, it refuses.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct RefusalTests {
    @Test func hardLinksDevicesSocketsAndPipesAreRefused() throws {
        try TestMount.with { mount in
            let expected = ["link: EPERM", "pipe: EPERM", "character device: EPERM", "block device: EPERM", "socket: EPERM", "left: ['a']"]
            let found = try Probe("refused.kinds").report(in: mount.path)
            #expect(found == expected)
        }
    }

    @Test func callsThatHaveNoMeaningHereAreRefused() throws {
        try TestMount.with { mount in
            let expected = [
                "O_TMPFILE: ENOTSUP", "collapse: ENOTSUP", "insert: ENOTSUP", "whiteout: EINVAL", "security attribute: ENOTSUP",
                "file flags: ENOTTY", "the content is untouched: True",
            ]
            let found = try Probe("refused.calls").report(in: mount.path)
            #expect(found == expected)
        }
    }

    @Test func aPathBelowTheMountHasUpTo4095Bytes() throws {
        try TestMount.with { mount in
            let found = try Probe("refused.depth").report(in: mount.path)
            #expect(found == ["deeper: ENAMETOOLONG", "depth: 20", "file: None"])
        }
    }
}
