import Foundation

/// Drops steps from a sequence that fails while it goes on failing.
struct Shrinking {
    let options: [String]
    /// How long it may take, in seconds.
    private static let limitSeconds = ProcessInfo.processInfo.environment["UPLOADFS_MODEL_SHRINK_SECONDS"].flatMap { Double($0) } ?? 60

    /// - Returns: the shortest sequence found, and how it fails.
    func shrink(_ steps: [Operation], _ error: any Error) -> (steps: [Operation], error: any Error) {
        let deadline = ContinuousClock.now + .seconds(Self.limitSeconds)
        var (best, lastError) = (steps, error)
        var piece = max(steps.count / 2, 1)
        while piece >= 1 {
            var start = max(best.count - piece, 0)
            while true {
                guard ContinuousClock.now < deadline else { return (best, lastError) }
                var candidate = best
                candidate.removeSubrange(start..<min(start + piece, best.count))
                if let failure = failure(of: candidate), Self.kind(failure) == Self.kind(error) { (best, lastError) = (candidate, failure) }
                if start == 0 { break }
                start = max(start - piece, 0)
            }
            piece = piece == 1 ? 0 : (piece + 1) / 2
        }
        return (best, lastError)
    }

    /// A sequence that fails in another way has been shrunk too far. What failed is the last thing that the first line says.
    private static func kind(_ error: any Error) -> String {
        let line = "\(error)".split(separator: "\n").first ?? ""
        return line.split(separator: ": ").last.map { String($0.filter { !$0.isNumber }) } ?? ""
    }

    private func failure(of steps: [Operation]) -> (any Error)? {
        var rest = steps[...]
        do {
            try ModelRun.run(options: options, patience: .seconds(6)) { _ in rest.popFirst() }
            return nil
        } catch {
            return error
        }
    }
}
