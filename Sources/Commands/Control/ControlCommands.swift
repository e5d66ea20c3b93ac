import ArgumentParser
import UploadCore

/// `pause`, `resume`, `retry` and `cancel`: writes `user.upload.control` of each path.
protocol ControlSubcommand: ParsableCommand {
    static var control: ControlCommand { get }
    var paths: [String] { get }
}

extension ControlSubcommand {
    static func describing(_ abstract: String) -> CommandConfiguration {
        CommandConfiguration(commandName: control.rawValue, abstract: abstract)
    }

    func run() throws {
        // All paths are looked at before the first is changed.
        let targets = try paths.map { try MountedPath.resolve($0) }
        for target in targets { try target.control(Self.control) }
    }
}

struct PauseCommand: ControlSubcommand {
    static let control = ControlCommand.pause
    static let configuration: CommandConfiguration = describing("Pause the uploads of files, or of all files below directories.")

    @Argument(help: "Files or directories on a mount.") var paths: [String]
}

struct ResumeCommand: ControlSubcommand {
    static let control = ControlCommand.resume
    static let configuration: CommandConfiguration = describing("Resume paused uploads.")

    @Argument(help: "Files or directories on a mount.") var paths: [String]
}

struct RetryCommand: ControlSubcommand {
    static let control = ControlCommand.retry
    static let configuration: CommandConfiguration = describing("Retry failed and waiting uploads now.")

    @Argument(help: "Files or directories on a mount.") var paths: [String]
}

struct CancelCommand: ControlSubcommand {
    static let control = ControlCommand.cancel
    static let configuration: CommandConfiguration = describing("Cancel uploads; the local files are kept.")

    @Argument(help: "Files or directories on a mount.") var paths: [String]
}
