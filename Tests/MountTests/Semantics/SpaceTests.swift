import MountTestSupport
import Testing

/// Room in files, and holes.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct SpaceTests {
    @Test func roomIsAllocatedAndHolesArePunched() throws {
        try Probe.expectAlike("space.allocation")
    }

    @Test func theLargestOffsetsAndLengthsAreTreatedAsOnALocalDisk() throws {
        try Probe.expectAlike("space.largest")
    }

    @Test func sparseFilesStaySparse() throws {
        try Probe.expectAlike("space.holes")
    }

    @Test func rangesAreCopied() throws {
        try Probe.expectAlike("space.ranges")
    }
}
