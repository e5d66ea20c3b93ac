import UploadCore

/// Ends an operation that makes no progress.
enum Watchdog {
    /// Runs `operation` and cancels it when `lastProgress` lies `limit` in the past.
    /// - Throws: `Stalled` then, else what `operation` throws.
    static func run<Result: Sendable>(
        limit: Duration, lastProgress: @escaping @Sendable () -> ContinuousClock.Instant,
        operation: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            defer { group.cancelAll() }
            group.addTask(operation: operation)
            group.addTask {
                while true {
                    let due = lastProgress().advanced(by: limit)
                    if due <= .now { throw Stalled() }
                    try await Task.sleep(until: due, clock: .continuous)
                }
            }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }
}
