import MountTestSupport
import Testing

/// Times of files.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct TimeTests {
    @Test func timesAreSetToTheNanosecond() throws {
        try Probe.expectAlike("times.setting")
    }

    @Test func eachCallChangesTheTimesThatItChangesOnALocalDisk() throws {
        try Probe.expectAlike("times.of_changes")
    }
}
