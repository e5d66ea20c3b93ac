import MountTestSupport
import Testing

/// What rename(2) and renameat2(2) promise.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct RenameTests {
    @Test func aRenameThatMustNotReplaceDoesNot() throws {
        try Probe.expectAlike("renaming.without_replacing")
    }

    @Test func anExchangeSwapsTwoNames() throws {
        try Probe.expectAlike("renaming.exchanging")
    }

    @Test func aFileThatIsReplacedWhileOpenStaysUsable() throws {
        try Probe.expectAlike("renaming.over_an_open_file")
    }

    @Test func whatCanNotBeRenamedIsRefused() throws {
        try Probe.expectAlike("renaming.refusals")
    }

    @Test func directoriesMoveWhileFilesBelowThemAreWritten() throws {
        try TestMount.with { mount in
            let probe = Probe("renaming.deep_while_written")
            #expect(try probe.report(in: mount.path) == probe.report(in: mount.directory + "/local"))
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys() == Set((0..<5).map { "e/\($0)" }))
            for index in 0..<5 { #expect(try mount.isUploaded("e/\(index)", as: mount.file("e/\(index)"))) }
        }
    }
}
