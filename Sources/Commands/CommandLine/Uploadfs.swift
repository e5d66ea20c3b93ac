import ArgumentParser
import Glibc

/// The program: one command, and its subcommands.
///
/// All of them are synchronous. An asynchronous entry point would start the threads of Swift's concurrency before `mount` has
/// forked.
public struct Uploadfs: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "uploadfs",
        abstract: "A file system that uploads the files copied onto it and resumes interrupted uploads.",
        version: "uploadfs \(Version.text)",
        subcommands: [
            MountCommand.self, UnmountCommand.self, StatusCommand.self, WaitCommand.self, PauseCommand.self, ResumeCommand.self,
            RetryCommand.self, CancelCommand.self, LimitCommand.self, DrainCommand.self, CheckCommand.self,
        ])

    public init() {}

    /// Parses and runs a command line (without the program's name); returns the exit status.
    public static func run(arguments: [String]) -> Int32 {
        do {
            var command = try parseAsRoot(CommandLineForm.normalized(arguments))
            try command.run()
            return ExitStatus.success.rawValue
        } catch let failure as CommandFailure {
            Output.error("uploadfs: \(failure.sentence)")
            return failure.status.rawValue
        } catch {
            return report(error)
        }
    }

    /// Help and version go to standard output; what ArgumentParser finds wrong is one line.
    private static func report(_ error: any Error) -> Int32 {
        guard exitCode(for: error) != .success else {
            Output.line(fullMessage(for: error))
            return ExitStatus.success.rawValue
        }
        let sentence = message(for: error).split(separator: "\n").joined(separator: " ")
        Output.error("uploadfs: \(sentence) (see uploadfs --help)")
        return ExitStatus.usage.rawValue
    }
}
