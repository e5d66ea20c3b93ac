import MountTestSupport
import Testing

/// Who may do what, where root lets others in with allow_other.
@Suite(.serialized, .enabled(if: Machine.isRoot, "only root can become somebody else"))
struct PermissionTests {
    private func expectAlike(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try Probe.expectAlike("permissions." + name, options: ["allow_other"], sourceLocation: sourceLocation)
    }

    @Test func permissionBitsAreChecked() throws {
        try expectAlike("bits")
    }

    @Test func inAStickyDirectoryEverybodyRemovesTheirOwn() throws {
        try expectAlike("sticky")
    }

    @Test func aSetGroupDirectoryHandsItsGroupOn() throws {
        try expectAlike("set_group_directories")
    }

    @Test func aWriteTakesSetUserIDAway() throws {
        try expectAlike("set_id_bits")
    }

    @Test func ownersAndTimesAreChangedByWhoMay() throws {
        try expectAlike("owners_and_times")
    }
}
