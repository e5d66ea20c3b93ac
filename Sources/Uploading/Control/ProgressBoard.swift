import NIOConcurrencyHelpers

/// Hands an upload's progress to all watchers. A slow watcher gets the newest state, and holds up no one.
final class ProgressBoard: Sendable {
    private struct State {
        var progress: UploadProgress
        var isOver = false
        var nextID = 0
        var watchers: [Int: AsyncStream<UploadProgress>.Continuation] = [:]
    }

    private let state: NIOLockedValueBox<State>
    private let start = ContinuousClock.now

    /// - Parameter confirmed: what an earlier process had come to.
    init(total: Int64?, confirmed: Int64) {
        let progress = UploadProgress(bytesSent: 0, bytesConfirmed: confirmed, bytesTotal: total, elapsed: .zero)
        state = NIOLockedValueBox(State(progress: progress))
    }

    func watch() -> AsyncStream<UploadProgress> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { watcher in
            let id: Int? = state.withLockedValue { state in
                watcher.yield(state.progress)
                guard !state.isOver else { return nil }
                state.nextID += 1
                state.watchers[state.nextID] = watcher
                return state.nextID
            }
            guard let id else { return watcher.finish() }
            watcher.onTermination = { [self] _ in _ = state.withLockedValue { $0.watchers.removeValue(forKey: id) } }
        }
    }

    func note(sent: Int64, confirmed: Int64) {
        publish { progress in
            progress.bytesSent = sent
            progress.bytesConfirmed = confirmed
        }
    }

    /// The upload is over; `total` is the object's length if there is an object.
    func finish(total: Int64?) {
        if let total {
            publish { progress in
                progress.bytesConfirmed = total
                progress.bytesTotal = total
            }
        }
        let watchers = state.withLockedValue { state in
            state.isOver = true
            defer { state.watchers = [:] }
            return state.watchers
        }
        for watcher in watchers.values { watcher.finish() }
    }

    private func publish(_ change: (inout UploadProgress) -> Void) {
        let elapsed = ContinuousClock.now - start
        let (progress, watchers) = state.withLockedValue { state in
            change(&state.progress)
            state.progress.elapsed = elapsed
            return (state.progress, state.watchers)
        }
        for watcher in watchers.values { watcher.yield(progress) }
    }
}
