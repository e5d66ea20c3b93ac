import NIOConcurrencyHelpers
import UploadCore

/// A running upload, as the rest of the program watches and stops it.
package final class Ticket: Sendable {
    /// Why an upload is to stop before its end.
    package enum Stop: Sendable {
        /// The content is about to change.
        case contentChanged
        /// Someone has opened the file for writing in such a way that changes are not reported: the upload continues after that, if
        /// nothing has changed.
        case opened
        /// The file was removed, or its owner paused or cancelled the upload: the ledger says so already.
        case withdrawn
        /// The process is about to end; the upload resumes at the next start.
        case shutdown
    }

    private struct State {
        var stop: Stop?
        /// Ends what runs, at the next point where it waits.
        var cancel: (@Sendable () -> Void)?
        /// Whether a request is under way that may make an object.
        var isCommitting = false
        var meter: RateMeter
        var sent: Int64 = 0
        var confirmed: Int64 = 0
    }

    private let state = NIOLockedValueBox(State(meter: RateMeter(now: .now)))
    /// Called with the bytes sent and confirmed when they have changed.
    private let moved: (@Sendable (_ sent: Int64, _ confirmed: Int64) -> Void)?

    package init(moved: (@Sendable (_ sent: Int64, _ confirmed: Int64) -> Void)? = nil) {
        self.moved = moved
    }

    package var stopped: Stop? { state.withLockedValue { $0.stop } }

    /// How long the response to a request that may make an object is waited for after a stop.
    private static let responseLimit: Duration = .seconds(10)

    /// Stops the upload. When this returns, no byte that is read from now on gets into the object.
    ///
    /// A request that may make an object is not cut while its response can come soon: whoever stops the upload because the file
    /// was removed or changed has to know of the object. At the end of the process the checkpoint knows as much.
    package func stop(_ reason: Stop) {
        let (cancel, isCommitting) = state.withLockedValue { state in
            state.stop = state.stop ?? reason
            return (state.cancel, state.isCommitting && reason != .shutdown)
        }
        guard isCommitting else { return cancel?() ?? () }
        Task {
            try? await Task.sleep(for: Self.responseLimit)
            cancel?()
        }
    }

    /// Runs a request that may make an object.
    package func committing<Success>(_ request: () async throws -> Success) async throws -> Success {
        let stopped = state.withLockedValue { state in
            if state.stop == nil { state.isCommitting = true }
            return state.stop
        }
        if stopped != nil { try throwIfStopped() }
        defer { state.withLockedValue { $0.isCommitting = false } }
        return try await request()
    }

    /// Lets `stop` end requests that hang, too.
    package func attach<Success: Sendable>(_ task: Task<Success, Never>) {
        let isStopped = state.withLockedValue { state in
            state.cancel = { task.cancel() }
            return state.stop != nil
        }
        if isStopped { task.cancel() }
    }

    package func throwIfStopped() throws(UploadError) {
        guard let stopped else { return }
        switch stopped {
        case .contentChanged: throw UploadError(.contentChanged, "the file is being changed")
        case .opened: throw UploadError(.contentChanged, "the file is open for writing")
        case .withdrawn, .shutdown: throw UploadError(.cancelled, "the upload was stopped")
        }
    }

    // MARK: Progress

    func sent(_ bytes: Int) {
        let (sent, confirmed) = state.withLockedValue { state in
            state.meter.add(bytes, now: .now)
            state.sent += Int64(bytes)
            return (state.sent, state.confirmed)
        }
        moved?(sent, confirmed)
    }

    package func confirm(_ bytes: Int64) {
        let sent = state.withLockedValue { state in
            state.confirmed = bytes
            return state.sent
        }
        moved?(sent, bytes)
    }

    /// Bytes that were handed to the network, those that the server confirmed, and bytes per second.
    package var progress: (sent: Int64, confirmed: Int64, rate: Double) {
        state.withLockedValue { ($0.sent, $0.confirmed, $0.meter.rate(now: .now)) }
    }
}
