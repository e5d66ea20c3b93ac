import UploadCore
import Glibc
import LinuxIO

/// Waits for uploads by reading `user.upload.wait`, which the mount answers when they are done.
enum UploadWait {
    /// Waits for all of `paths`, also after one of them has failed; then throws the first failure.
    /// - Parameter limit: for all of them together; nil waits as long as it takes.
    static func wait(for paths: [String], atMost limit: Duration?) throws(CommandFailure) {
        let alarm = limit.map(RepeatingAlarm.init(after:))
        defer { alarm?.cancel() }
        var firstFailure: CommandFailure?
        for path in paths {
            do {
                try wait(for: path, alarm)
            } catch {
                if error.status == .timedOut { throw error }
                firstFailure = firstFailure ?? error
            }
        }
        if let firstFailure { throw firstFailure }
    }

    private static func wait(for path: String, _ alarm: RepeatingAlarm?) throws(CommandFailure) {
        while true {
            do {
                _ = try MountAttributes.read("user.upload.wait", of: path)
                return
            } catch {
                guard error.code == EINTR else { throw failure(path, error) }
                if alarm?.isOver == true {
                    throw CommandFailure(.timedOut, "\(path.printable) is not uploaded yet: timed out")
                }
            }
        }
    }

    /// The upload's own sentence says more than the number that the attribute failed with.
    private static func failure(_ path: String, _ error: Errno) -> CommandFailure {
        let detail = try? MountAttributes.read("user.upload.error", of: path)
        let reason = if let detail, !detail.isEmpty { detail } else { "\(error)" }
        return CommandFailure(.uploadFailed, "\(path.printable) is not uploaded: \(reason.printable)")
    }
}
