import NIOConcurrencyHelpers

/// Wakes everybody who waits for something to change.
///
/// Whoever waits first takes `version`, then looks at the state, then waits for a later version: a change between the look
/// and the wait is not missed.
final class Wakeup: Sendable {
    private struct State {
        var version: UInt64 = 0
        var nextID: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = NIOLockedValueBox(State())

    var version: UInt64 { state.withLockedValue { $0.version } }

    func signal() {
        let waiting = state.withLockedValue { state in
            state.version += 1
            defer { state.waiting.removeAll(keepingCapacity: true) }
            return state.waiting.isEmpty ? [] : Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns when `signal` has been called since `version` was taken, after `limit`, or when the task is cancelled.
    func wait(after version: UInt64, atMost limit: Duration? = nil) async {
        let id = state.withLockedValue { state in
            state.nextID += 1
            return state.nextID
        }
        let timer = limit.map { limit in
            Task {
                try? await Task.sleep(for: limit)
                self.resume(id)
            }
        }
        defer { timer?.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isLate = state.withLockedValue { state in
                    if state.version != version || Task.isCancelled { return true }
                    state.waiting[id] = continuation
                    return false
                }
                if isLate { continuation.resume() }
            }
        } onCancel: {
            resume(id)
        }
    }

    private func resume(_ id: UInt64) {
        state.withLockedValue { $0.waiting.removeValue(forKey: id) }?.resume()
    }
}
