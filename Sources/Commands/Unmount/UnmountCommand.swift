import ArgumentParser

struct UnmountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unmount",
        abstract: "Unmount, and wait until the mount's process has finished.",
        discussion: """
            Files that are not uploaded yet stay in the state directory, and the next mount resumes their uploads. umount(8) \
            and fusermount3 -u can be used as well.

            With --drain the exit status is 1 if an upload failed and 2 if the time ran out; the mount is gone in either case.
            """)

    @Option(
        name: .customLong("drain"), parsing: .next,
        help: ArgumentHelp("First wait until everything is uploaded, at most this many seconds.", valueName: "seconds"))
    var drain: String?

    @Argument(help: "The mount's directory.")
    var mountpoint: String

    func run() throws {
        let limit = try drainLimit()
        let mount = try MountpointPath.existing(mountpoint)
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
            return CommandFailure(error.status, "unmounted before everything was uploaded: \(error.sentence)")
        }
    }
}
