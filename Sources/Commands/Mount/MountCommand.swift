import ArgumentParser
import Glibc
import class Foundation.ProcessInfo

struct MountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mount",
        abstract: "Mount a destination. Files that are copied onto the mount are uploaded.",
        discussion: """
            Returns when the mount is ready for use, which needs no network.

            DESTINATION is one of:
            \(MountOptionHelp.destinations)

            \(MountOptionHelp.text)
            """)

    @Flag(name: .shortAndLong, help: "Stay in the foreground, and log to standard error.")
    var foreground = false

    @Option(
        name: .customShort("o", allowingJoined: true), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Mount options, separated by commas; may be repeated.", valueName: "option,…"))
    var options: [String] = []

    @Flag(help: .hidden)
    var sloppy = false

    @Argument(help: "Where files are uploaded to.")
    var destination: String

    @Argument(help: "An existing directory.")
    var mountpoint: String

    func run() throws {
        let request = try MountRequest.resolve(
            destination: destination, mountpoint: mountpoint, options: options, isSloppy: sloppy,
            environment: ProcessInfo.processInfo.environment)
        if foreground {
            try MountRunner(request: request, place: .foreground).run(ready: {})
        } else {
            try Daemon.run { ready throws(CommandFailure) in
                try MountRunner(request: request, place: .background).run(ready: ready)
            }
        }
    }
}
