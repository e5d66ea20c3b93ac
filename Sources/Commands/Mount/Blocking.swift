import Dispatch
import NIOConcurrencyHelpers

/// Runs asynchronous work from a thread that belongs to no task, and waits for it. Never to be called from within a task.
enum Blocking {
    static func run<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) -> Result {
        let done = DispatchSemaphore(value: 0)
        let result = NIOLockedValueBox<Result?>(nil)
        Task {
            let value = await work()
            result.withLockedValue { $0 = value }
            done.signal()
        }
        while true {
            done.wait()
            if let value = result.withLockedValue({ $0 }) { return value }
        }
    }
}
