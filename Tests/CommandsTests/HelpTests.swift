import ArgumentParser
import Testing

@testable import Commands

/// The help is part of the interface: a change of it is made on purpose, here too.
struct HelpTests {
    @Test func theProgramListsItsCommands() {
        let help = Uploadfs.helpMessage(columns: 100)
        for command in ["mount", "unmount", "status", "wait", "pause", "resume", "retry", "cancel", "limit", "drain", "check"] {
            #expect(help.contains("\n  \(command) "), "\(command)")
        }
    }

    @Test func theHelpOfMountNamesEveryOption() {
        let help = Uploadfs.helpMessage(for: MountCommand.self, columns: 200)
        for option in MountOptionTable.all + DestinationSchemes.all.flatMap(\.options) { #expect(help.contains(option.name), "\(option.name)") }
        for option in MountOptionTable.ignored { #expect(help.contains(option), "\(option)") }
    }

    @Test func theHelpOfUnmountIsThis() {
        #expect(
            Uploadfs.helpMessage(for: UnmountCommand.self, columns: 80) == """
                OVERVIEW: Unmount, and wait until everything is put in order.

                What is not uploaded yet stays in the state directory and goes on with the next
                mount. umount(8) and fusermount3 -u unmount as well.

                With --drain the exit status is 1 if an upload failed and 2 if the time was
                over first; the mount is gone in either case.

                USAGE: uploadfs unmount [--drain <seconds>] <mountpoint>

                ARGUMENTS:
                  <mountpoint>            The mount's directory.

                OPTIONS:
                  --drain <seconds>       First wait, at most so many seconds, until all is
                                          uploaded.
                  --version               Show the version.
                  -h, --help              Show help information.

                """)
    }

    @Test func commandsToComeAreRefusedWhateverFollows() {
        for arguments in [["limit", "/mnt", "3M"], ["drain", "/var/x"]] {
            #expect(Uploadfs.run(arguments: arguments) == ExitStatus.unavailable.rawValue)
        }
    }

    @Test func wrongCommandLinesEndWithUsageStatus() {
        for arguments in [["mount"], ["nonsense"], ["wait"], ["status", "--watch", "--json"], ["unmount", "--drain=x", "/"], ["check", "gs:/b"]] {
            #expect(Uploadfs.run(arguments: arguments) == ExitStatus.usage.rawValue, "\(arguments)")
        }
        #expect(Uploadfs.run(arguments: ["--version"]) == 0)
    }
}
