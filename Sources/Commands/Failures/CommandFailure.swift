import Glibc
import LinuxIO

/// Why a command did not do what it was asked: one sentence for people, and the exit status.
public struct CommandFailure: Error, Equatable, Sendable {
    public let status: ExitStatus
    /// What is wrong and, where it is not plain, what to do about it. No full stop, no line break.
    public let sentence: String

    public init(_ status: ExitStatus, _ sentence: String) {
        self.status = status
        self.sentence = sentence
    }
}

extension CommandFailure {
    /// A failed system call: `subject`, and what the system says.
    static func system(_ subject: String, _ error: Errno) -> CommandFailure {
        CommandFailure(status(for: error.code), "\(subject): \(error)")
    }

    static func notBuilt(_ what: String) -> CommandFailure {
        CommandFailure(.unavailable, "\(what) is not supported yet")
    }

    static func status(for code: Int32) -> ExitStatus {
        switch code {
        case ENOENT, ENOTDIR: .noInput
        case EACCES, EPERM: .noPermission
        case EIO, ENOSPC, EDQUOT, EROFS: .ioError
        case EBUSY, EAGAIN: .temporaryFailure
        default: .systemError
        }
    }
}
