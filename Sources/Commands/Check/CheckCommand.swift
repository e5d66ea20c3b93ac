import ArgumentParser
import Logging
import class Foundation.ProcessInfo

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Try a destination out, with the options of a mount.",
        discussion: """
            Says in a line each whether the service can be reached, takes the credentials and lets objects be made, and what it allows.
            Exits with 0, or with a status of sysexits(3): 69 not reachable, 75 busy, 77 refused, 66 no such bucket.

            The options and destinations are those of uploadfs mount.
            """)

    @Option(
        name: .customShort("o", allowingJoined: true), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Mount options, separated by commas; may be repeated.", valueName: "option,…"))
    var options: [String] = []

    @Argument(help: "Where the files would go.")
    var destination: String

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        let (resolved, settings) = try DestinationSettings.resolve(destination, options: options, environment: environment)
        // What goes wrong is said in the lines.
        let logger = Logger(label: "uploadfs") { _ in SwiftLogNoOpLogHandler() }
        let remote = try Remote.open(resolved, settings: settings, environment: environment, logger)
        let failure = Blocking.run {
            let failure = await DestinationCheck(destination: resolved, backend: remote.backend).run(print: Output.line)
            await remote.transport.shutdown()
            return failure
        }
        if let failure { throw failure }
    }
}
