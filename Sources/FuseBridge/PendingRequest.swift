import CFuse
import NIOConcurrencyHelpers

/// A request that a task answers, while the thread that read it from the kernel serves others.
// @unchecked: libfuse's request functions may be called from any thread; the rest is immutable or behind a lock.
final class PendingRequest: @unchecked Sendable {
    private let raw: fuse_req_t
    /// nil only for a request of no session, which there is not.
    private let connection: SessionConnection?
    private let interruption = NIOLockedValueBox(Interruption())

    private struct Interruption {
        var task: Task<Void, Never>?
        var hasHappened = false
    }

    /// Called by the thread that read the request.
    init(_ raw: fuse_req_t) {
        self.raw = raw
        connection = Unmanaged<FilesystemBox>.fromOpaque(fuse_req_userdata(raw)).takeUnretainedValue().connection
    }

    func start<Outcome: Sendable>(
        _ work: @escaping @Sendable () async -> Outcome, thenReply reply: @escaping @Sendable (consuming Request, Outcome) -> Void
    ) {
        let interruptible = Unmanaged.passRetained(self)
        fuse_req_interrupt_func(
            raw,
            { _, pending in
                guard let pending else { return }
                Unmanaged<PendingRequest>.fromOpaque(pending).takeUnretainedValue().interrupt()
            }, interruptible.toOpaque())
        let task = Task {
            let outcome = await work()
            // After this call libfuse no longer runs the function, nor is it running.
            fuse_req_interrupt_func(raw, nil, nil)
            Unmanaged.passUnretained(self).release()
            let isAnswered = connection?.whileConnected { reply(Request(raw), outcome) } ?? false
            // The kernel has ended the request with the mount; libfuse frees it.
            if !isAnswered { fuse_reply_none(raw) }
        }
        remember(task)
    }

    private func remember(_ task: Task<Void, Never>) {
        let isLate = interruption.withLockedValue { interruption in
            interruption.task = task
            return interruption.hasHappened
        }
        if isLate { task.cancel() }
    }

    private func interrupt() {
        let task = interruption.withLockedValue { interruption in
            interruption.hasHappened = true
            return interruption.task
        }
        task?.cancel()
    }
}
