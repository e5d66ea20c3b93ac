/// What the options of a mount come to.
public struct MountSettings: Sendable, Equatable {
    /// Replaces the service's own host.
    public var endpoint: String?
    /// Credential file.
    public var credentials: String?
    /// The configuration file that was named.
    public var configuration: String?
    public var stateDirectory: String?
    /// Length of every part but the last, in bytes; nil for what the service is best served with.
    public var chunkSize: Int64?
    /// Uploads at once.
    public var parallelFiles = 4
    /// Parts of one upload at once; nil for what suits the service (`DestinationScheme.parallelParts`).
    public var parallelParts: Int?
    /// Whether large files are hashed before their uploads resume.
    public var verifiesSources = false
    /// Whether close() waits until the file is uploaded.
    public var closeWaits = false
    /// Whether fsync() does.
    public var fsyncWaits = false
    /// Quiet time after the last close before an upload starts.
    public var settle: Duration = .seconds(1)
    /// Shell patterns of names that are not uploaded until they are renamed.
    public var hold = DefaultHold.patterns
    /// Whether a removal or rename is done to the uploaded object, too.
    public var propagatesRemovals = true
    public var extraHeaders: [Header] = []
    /// The options of the destination's own service, by their names; its `DestinationScheme` says which there are.
    public var service: [String: String] = [:]
    public var passthrough = PassthroughChoice.auto
    public var owner: UInt32?
    public var group: UInt32?
    /// Permission bits that no file shows.
    public var umask: UInt32?
    public var allowOther = false
    public var defaultPermissions = false
    public var readOnly = false
    /// Whether the kernel follows symbolic links on the mount.
    public var followsSymbolicLinks = true
    /// Options for the kernel, in the order in which they were given, so that the last of two opposites wins.
    public var kernelOptions: [String] = []

    /// Whether the kernel reads and writes spool files directly.
    public enum PassthroughChoice: Sendable {
        /// Where it can.
        case auto
        /// A mount without it fails.
        case on
        case off
    }

    public struct Header: Sendable, Equatable {
        public let name: String
        public let value: String
    }

    public init() {}
}
