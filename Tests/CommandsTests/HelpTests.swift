import ArgumentParser
import Foundation
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

    /// Tests/Golden has the help as a terminal of 80 columns shows it; UPLOADFS_UPDATE_GOLDEN=1 rewrites it.
    @Test func theHelpOfEachCommandIsAsWrittenDown() throws {
        let commands: [(String, String)] = [
            ("uploadfs", Uploadfs.helpMessage(columns: 80)), ("mount", Uploadfs.helpMessage(for: MountCommand.self, columns: 80)),
            ("unmount", Uploadfs.helpMessage(for: UnmountCommand.self, columns: 80)),
            ("status", Uploadfs.helpMessage(for: StatusCommand.self, columns: 80)),
            ("wait", Uploadfs.helpMessage(for: WaitCommand.self, columns: 80)),
            ("check", Uploadfs.helpMessage(for: CheckCommand.self, columns: 80)),
        ]
        for (name, help) in commands {
            let file = Self.repository.appending(path: "Tests/Golden/help-\(name).txt")
            if ProcessInfo.processInfo.environment["UPLOADFS_UPDATE_GOLDEN"] != nil {
                try help.write(to: file, atomically: true, encoding: .utf8)
            }
            #expect(try help == String(contentsOf: file, encoding: .utf8), "\(file.path)")
            #expect(help.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.hasPrefix("USAGE:") })
        }
    }

    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// What is not uploaded until it is renamed, in the help and in docs/DESTINATIONS.md.
    @Test func theNamesThatAreHeldAreInTheHelpAndInTheDocumentation() throws {
        let help = Uploadfs.helpMessage(for: MountCommand.self, columns: 80)
        let documentation = try String(contentsOf: Self.repository.appending(path: "docs/DESTINATIONS.md"), encoding: .utf8)
        for group in DefaultHold.groups {
            #expect(help.contains(group.patterns.joined(separator: " ")))
            let row = "| \(group.programs) | \(group.patterns.map { "`\($0)`" }.joined(separator: " ")) |"
            #expect(documentation.contains(row), "\(row)")
        }
    }

    @Test func theHelpNamesTheSizesOfPartsAndTheDefaults() {
        let help = Uploadfs.helpMessage(for: MountCommand.self, columns: 80)
        for scheme in DestinationSchemes.all {
            #expect(help.contains("  \(scheme.prefix) "))
            for sizes in [scheme.partSizes, scheme.partSizesInParallel].compactMap({ $0 }) { #expect(help.contains(sizes.summary)) }
        }
    }

    @Test func plannedCommandsAreRefusedWhateverFollows() {
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
