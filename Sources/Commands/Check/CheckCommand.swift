import ArgumentParser
import Logging
import class Foundation.ProcessInfo

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Test a destination with the options of a mount.",
        discussion: """
            Prints one line each on whether the service can be reached, accepts the credentials and allows objects to be created, and on its \
            limits. The exit status is 0, or one of sysexits(3): 69 unreachable, 75 busy, 77 refused, 66 no such bucket.

            Options and destinations are those of uploadfs mount.
            """)

    @Option(
        name: .customShort("o", allowingJoined: true), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Mount options, separated by commas; may be repeated.", valueName: "option,…"))
    var options: [String] = []

    @Argument(help: "The destination to test.")
    var destination: String

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        let (resolved, settings) = try DestinationSettings.resolve(destination, options: options, environment: environment)
        // The printed lines report what goes wrong.
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
