import UploadCore
import Glibc

/// A mount as it was asked for, checked as far as that goes without changing anything.
struct MountRequest: Sendable {
    let destination: ResolvedDestination
    /// Absolute, without links.
    let mountpoint: String
    /// Absolute; need not exist yet.
    let stateDirectory: String
    let settings: MountSettings
    let environment: [String: String]

    /// - Parameter options: what each `-o` was given.
    static func resolve(
        destination url: String, mountpoint: String, options: [String], isSloppy: Bool, environment: [String: String]
    ) throws(CommandFailure) -> MountRequest {
        let (destination, settings) = try DestinationSettings.resolve(url, options: options, isSloppy: isSloppy, environment: environment)
        let mountpoint = try MountpointPath.prepare(mountpoint)
        let stateDirectory =
            if let chosen = settings.stateDirectory {
                chosen
            } else {
                try DefaultStateDirectory.path(mountpoint: mountpoint, isRoot: geteuid() == 0, home: environment["HOME"])
            }
        try checkApart(stateDirectory, mountpoint)
        return MountRequest(
            destination: destination, mountpoint: mountpoint, stateDirectory: stateDirectory, settings: settings,
            environment: environment)
    }

    /// A state directory below its own mount would be hidden by it, and the mount would wait for itself.
    private static func checkApart(_ stateDirectory: String, _ mountpoint: String) throws(CommandFailure) {
        let resolved = Path.resolvedAsFarAsItExists(stateDirectory)
        guard Path.isInside(resolved, mountpoint) || Path.isInside(mountpoint, resolved) else { return }
        throw CommandFailure(
            .usage, "the state directory \(stateDirectory.printable) and the mountpoint \(mountpoint.printable) must not contain each other")
    }
}
