import UploadCore
import ArgumentParser
import Foundation

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show upload status.",
        discussion: """
            PATH is a mount, or a file or directory on one; without PATH all mounts are shown. With --watch the exit status is 1 if \
            an upload failed.
            """)

    @Flag(help: "Show progress until nothing is left to upload.")
    var watch = false

    @Flag(help: "Print a JSON array with one object for each path.")
    var json = false

    @Argument(help: "Files, directories or mounts.")
    var paths: [String] = []

    func run() throws {
        if watch, json { throw CommandFailure(.usage, "--watch and --json cannot be used together") }
        let targets = try self.targets()
        if watch {
            try showProgress(of: targets)
        } else {
            try show(try targets.map(StatusReader.read))
        }
    }

    private func targets() throws(CommandFailure) -> [MountedPath] {
        if !paths.isEmpty {
            var targets: [MountedPath] = []
            for path in paths { targets.append(try MountedPath.resolve(path)) }
            return targets
        }
        let mounts = try MountTable.read().ours
        if mounts.isEmpty { throw CommandFailure(.noInput, "there is no uploadfs mount") }
        return mounts.map(MountedPath.root)
    }

    private func show(_ reports: [PathReport]) throws {
        guard json else {
            for line in StatusTable.lines(reports) { Output.line(line) }
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        Output.line(String(decoding: try encoder.encode(reports), as: UTF8.self).escapingUnprintableJSON)
    }

    private func showProgress(of targets: [MountedPath]) throws {
        let terminal = Terminal(environment: ProcessInfo.processInfo.environment)
        let last = try StatusWatch(read: { try targets.map(StatusReader.read) }, terminal: terminal).run()
        if let failed = last.first(where: \.hasFailed) {
            throw CommandFailure(.uploadFailed, "an upload failed; for the reason, run: uploadfs status \(failed.path.printable)")
        }
    }
}
