import LinuxIO
import Logging

/// What has to wait: the end of open files until memory maps are gone, and whatever the queue has to be notified of until the disk, which
/// is full, can take it.
///
/// Open files that wait stay among those that are open and count as writers, so that no upload takes their content for final. The
/// kernel has released them, so no program waits.
extension UploadFilesystem {
    /// Calls `attempt` until it returns true: now, and then as `retry`.
    func retryUntilEnded(_ file: FileHandle, _ attempt: @escaping @Sendable () throws(Errno) -> Bool) {
        guard case .later(let failure) = RetryOutcome(of: attempt) else { return }
        if let failure {
            logger.error(
                "a change of a file cannot be recorded yet; retrying until the disk accepts it",
                metadata: ["inode": "\(file.node.spoolInode)", "error": "\(failure)"])
        }
        retry(attempt)
    }

    /// Calls `attempt` after pauses of a millisecond to a second until it returns true.
    /// - Parameter attempt: returns false where the time has not come; throws what the disk refuses. It may be called again after it has
    ///   returned true.
    func retry(_ attempt: @escaping @Sendable () throws(Errno) -> Bool) {
        retries.withLockedValue { retries in
            // After the end of the mount nothing is retried, and the last attempt was just made.
            guard !retries.isOver else { return }
            let number = retries.next
            retries.next += 1
            let task = Task { [weak self] in
                var delay = Duration.milliseconds(1)
                while (try? await Task.sleep(for: delay)) != nil {
                    guard case .later = RetryOutcome(of: attempt) else { break }
                    delay = min(delay * 2, .seconds(1))
                }
                self?.retries.withLockedValue { $0.waiting[number] = nil }
            }
            retries.waiting[number] = Retry(attempt: { _ = RetryOutcome(of: attempt) }, task: task)
        }
    }

    /// Tries everything once more and then stops: the queue is about to end, and the next mount looks at these files.
    public func end() {
        let last = retries.withLockedValue { retries in
            defer { retries = Retries(isOver: true) }
            return retries.waiting.sorted { $0.key < $1.key }.map(\.value)
        }
        for retry in last {
            retry.task.cancel()
            retry.attempt()
        }
    }
}

private enum RetryOutcome {
    case done
    /// With the error, where there was one.
    case later(Errno?)

    init(of attempt: () throws(Errno) -> Bool) {
        do throws(Errno) {
            self = try attempt() ? .done : .later(nil)
        } catch {
            self = .later(error)
        }
    }
}

/// Everything that waits, in the order in which it began to.
struct Retries: Sendable {
    var waiting: [UInt64: Retry] = [:]
    var next: UInt64 = 0
    /// The mount ends.
    var isOver = false
}

struct Retry: Sendable {
    let attempt: @Sendable () -> Void
    let task: Task<Void, Never>
}
