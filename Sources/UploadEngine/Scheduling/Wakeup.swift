import NIOConcurrencyHelpers

/// Wakes everyone who waits for something to change.
///
/// A waiter first takes `version`, then looks at the state, then waits for a later version: a change between the look
/// and the wait is not missed.
final class Wakeup: Sendable {
    private enum Waiter {
        /// It has not begun to wait.
        case starting
        /// Its time was up before it began to wait: a timer can be faster than the task that set it.
        case expired
        case waiting(CheckedContinuation<Void, Never>)
    }

    private struct State {
        var version: UInt64 = 0
        var nextID: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
    }

    private let state = NIOLockedValueBox(State())

    var version: UInt64 { state.withLockedValue { $0.version } }

    func signal() {
        let waiting = state.withLockedValue { state in
            state.version += 1
            var waiting: [CheckedContinuation<Void, Never>] = []
            for (id, waiter) in state.waiters {
                guard case .waiting(let continuation) = waiter else { continue }
                waiting.append(continuation)
                state.waiters[id] = .expired
            }
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns when `signal` has been called since `version` was taken, after `limit`, or when the task is cancelled.
    func wait(after version: UInt64, atMost limit: Duration? = nil) async {
        let id = state.withLockedValue { state in
            state.nextID += 1
            state.waiters[state.nextID] = .starting
            return state.nextID
        }
        let timer = limit.map { limit in
            Task {
                try? await Task.sleep(for: limit)
                self.expire(id)
            }
        }
        defer {
            timer?.cancel()
            state.withLockedValue { $0.waiters[id] = nil }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isLate = state.withLockedValue { state in
                    if case .expired = state.waiters[id] { return true }
                    if state.version != version || Task.isCancelled { return true }
                    state.waiters[id] = .waiting(continuation)
                    return false
                }
                if isLate { continuation.resume() }
            }
        } onCancel: {
            expire(id)
        }
    }

    private func expire(_ id: UInt64) {
        let continuation: CheckedContinuation<Void, Never>? = state.withLockedValue { state in
            defer { if state.waiters[id] != nil { state.waiters[id] = .expired } }
            if case .waiting(let continuation) = state.waiters[id] { return continuation }
            return nil
        }
        continuation?.resume()
    }
}
