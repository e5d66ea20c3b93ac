import MountTestSupport
import Testing

/// Locks between the processes of this machine.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct LockTests {
    @Test func locksOfWholeFilesWork() throws {
        try Probe.expectAlike("locking.flock")
    }

    @Test func locksOfBytesWork() throws {
        try Probe.expectAlike("locking.records")
    }

    @Test func locksOfTheOpenFileWork() throws {
        try Probe.expectAlike("locking.of_the_open_file")
    }
}
