import ArgumentParser

struct UnmountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unmount",
        abstract: "Unmount, and wait until everything is put in order.",
        discussion: """
            What is not uploaded yet stays in the state directory and goes on with the next mount. umount(8) and \
            fusermount3 -u unmount as well.

            With --drain the exit status is 1 if an upload failed and 2 if the time was over first; the mount is gone in \
            either case.
            """)

    @Option(
        name: .customLong("drain"), parsing: .next,
        help: ArgumentHelp("First wait, at most so many seconds, until all is uploaded.", valueName: "seconds"))
    var drain: String?

    @Argument(help: "The mount's directory.")
    var mountpoint: String

    func run() throws {
        let limit = try drainLimit()
        let mount = try Mountpoint.existing(mountpoint)
        let shortfall = drainFirst(mount.mountpoint, limit)
        let process = MountProcess(of: mount)
        try Unmounting.unmount(mount.mountpoint)
        try process?.waitForEnd()
        if let shortfall { throw shortfall }
    }

    /// Nil without `--drain`; the inner value is nil without a limit.
    private func drainLimit() throws(CommandFailure) -> Duration?? {
        guard let drain else { return .none }
        if drain == CommandLineForm.drainWithoutLimit { return .some(nil) }
        return try TimeLimit.parse(drain, option: "--drain")
    }

    private func drainFirst(_ mountpoint: String, _ limit: Duration??) -> CommandFailure? {
        guard let limit else { return nil }
        do {
            try UploadWait.wait(for: [mountpoint], atMost: limit)
            return nil
        } catch {
            return CommandFailure(error.status, "unmounted before all was uploaded: \(error.sentence)")
        }
    }
}
