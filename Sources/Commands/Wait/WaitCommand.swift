import ArgumentParser

struct WaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until files, or all files below directories, are uploaded.",
        discussion: "The exit status is 0 when everything is uploaded, 1 if an upload failed, and 2 if the time ran out.")

    @Option(help: ArgumentHelp("Give up after this many seconds.", valueName: "seconds"))
    var timeout: String?

    @Argument(help: "Files or directories on a mount.")
    var paths: [String]

    func run() throws {
        let limit = try timeout.map { try TimeLimit.parse($0, option: "--timeout") }
        let targets = try paths.map { try MountedPath.resolve($0) }
        try UploadWait.wait(for: targets.map(\.path), atMost: limit)
    }
}
