import UploadCore
import Glibc
import LinuxIO

/// Takes a mount away: by umount2(2) for root, through fusermount3(1) for others.
enum Unmounting {
    /// - Parameter lazily: detach it at once, even if someone has files open on it; for a mount whose process is gone.
    static func unmount(_ mountpoint: String, lazily: Bool = false) throws(CommandFailure) {
        if geteuid() == 0 {
            guard umount2(mountpoint, Int32(UMOUNT_NOFOLLOW) | (lazily ? Int32(MNT_DETACH) : 0)) == 0 else {
                throw failure(mountpoint, .current)
            }
        } else {
            try runHelper(["-u"] + (lazily ? ["-z"] : []) + ["--", mountpoint], mountpoint)
        }
    }

    private static func failure(_ mountpoint: String, _ error: Errno) -> CommandFailure {
        if error.code == EBUSY {
            return CommandFailure(
                .temporaryFailure, "\(mountpoint.printable) is busy: a process has a file open or its working directory there (fuser -vm names it)")
        }
        return .system("\(mountpoint.printable) cannot be unmounted", error)
    }

    private static func runHelper(_ arguments: [String], _ mountpoint: String) throws(CommandFailure) {
        let outcome: HelperProgram.Outcome
        do {
            outcome = try HelperProgram.run(["fusermount3"] + arguments)
        } catch {
            throw CommandFailure(.unavailable, "fusermount3 cannot be started (\(error)): is the package fuse3 installed?")
        }
        if outcome.isSuccess { return }
        if outcome.errorText.contains("busy") { throw failure(mountpoint, Errno(EBUSY)) }
        let detail = outcome.errorText.split(separator: "\n").first.map { ": \($0)" } ?? ""
        throw CommandFailure(.systemError, "\(mountpoint.printable) cannot be unmounted\(detail.printable)")
    }
}
