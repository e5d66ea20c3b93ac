import MountTestSupport
import Testing

/// What unlink(2) and rmdir(2) leave.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct RemovalTests {
    @Test func aFileThatIsRemovedWhileOpenStaysUsable() throws {
        try Probe.expectAlike("removing.open_file")
        try Probe.expectAlike("removing.file_open_for_reading")
    }

    @Test func aDirectoryThatIsRemovedWhileOpenIsEmpty() throws {
        try Probe.expectAlike("removing.open_directory")
    }

    @Test func whatCanNotBeRemovedIsRefused() throws {
        try Probe.expectAlike("removing.refusals")
    }
}
