import MountTestSupport
import Testing

/// What directories show.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct DirectoryTests {
    @Test func linkCountsFollowSubdirectories() throws {
        try Probe.expectAlike("directories.link_counts")
    }

    @Test func aPositionInADirectoryIsFoundAgain() throws {
        try Probe.expectAlike("directories.positions")
    }

    @Test func namesThatStayAreListedOnceWhileOthersComeAndGo() throws {
        try Probe.expectAlike("directories.changes_while_read")
    }

    @Test func inodeNumbersStayWithTheirFiles() throws {
        try Probe.expectAlike("directories.inode_numbers")
    }
}
