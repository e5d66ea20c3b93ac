import UploadCore
import Glibc
import LinuxIO
import Spool

/// Opens a mount's state directory. An earlier mount that has just been unmounted may still hold its lock for a moment.
enum StateDirectoryOpening {
    private static let patience: Duration = .seconds(30)
    private static let pauseMicroseconds: UInt32 = 50_000

    static func open(_ request: MountRequest) throws(CommandFailure) -> StateDirectory {
        let deadline = ContinuousClock.now + patience
        while true {
            do {
                return try StateDirectory.open(path: request.stateDirectory, destination: request.destination.url)
            } catch {
                guard case .locked(_, let pid, let mountpoint) = error, ContinuousClock.now < deadline, !isMounted(mountpoint, pid)
                else {
                    throw CommandFailure(error)
                }
                usleep(pauseMicroseconds)
            }
        }
    }

    /// Whether the mount of the process that holds the lock is there, as that process sees it: it may have namespaces of its
    /// own. What a process that ends has open says nothing, for it closes that later than its mount is gone.
    private static func isMounted(_ mountpoint: String?, _ pid: String?) -> Bool {
        guard let mountpoint, let pid else { return false }
        return MountTable.read(ofProcess: pid)?.entry(at: mountpoint)?.isUploadFS ?? false
    }
}

extension CommandFailure {
    init(_ error: StateDirectoryError) {
        let status: ExitStatus =
            switch error {
            case .locked: .temporaryFailure
            case .otherVersion, .otherDestination, .notADirectory: .configuration
            case .otherOwner, .tooOpen: .noPermission
            case .failed(_, let doing, let errno):
                doing == "make" ? .cannotCreate : CommandFailure.status(for: errno.code)
            }
        self.init(status, "\(error)".printable)
    }
}
