import MountTestSupport
import Testing

/// Extended attributes of the user's own.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct AttributeTests {
    @Test func attributesOfTheUserWorkAsOnALocalDisk() throws {
        try Probe.expectAlike("attributes.flags_and_limits")
    }
}
