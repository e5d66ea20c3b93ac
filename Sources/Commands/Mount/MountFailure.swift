import UploadCore
import FuseBridge
import LinuxIO

extension CommandFailure {
    init(_ error: MountError) {
        let status: ExitStatus =
            switch error {
            case .noMountpoint, .notADirectory: .noInput
            case .alreadyMounted, .deadMount: .temporaryFailure
            case .mountpointUnusable(_, let errno): CommandFailure.status(for: errno.code)
            case .noFuseDevice: .unavailable
            case .otherUsersNotAllowed, .symbolicLinksCannotBeRefused, .refused: .noPermission
            }
        self.init(status, "\(error)".printable)
    }
}
