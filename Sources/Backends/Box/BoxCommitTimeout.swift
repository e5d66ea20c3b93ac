import Foundation
import NIOConcurrencyHelpers

/// How long a commit is repeated that Box refuses because parts are missing.
///
/// Right after the last part that only means that not all of them have been processed. Where it persists although all of them
/// are listed, the session cannot be committed any more.
final class BoxCommitTimeout: Sendable {
    static let limitSeconds = 600.0
    /// A commit that was not repeated for so long has been given up.
    private static let forgottenSeconds = 86_400.0

    private let now: @Sendable () -> Date
    /// Since when each session's commit is refused, by its address.
    private let refusedSince = NIOLockedValueBox<[String: Date]>([:])

    init(now: @escaping @Sendable () -> Date) {
        self.now = now
    }

    /// Takes note of the response to a commit.
    /// - Returns: whether the commit may be repeated.
    func note(_ session: BoxSessionHandle, missesParts: Bool) -> Bool {
        let time = now()
        return refusedSince.withLockedValue { since in
            guard missesParts else {
                since[session.commit] = nil
                return true
            }
            since = since.filter { time.timeIntervalSince($0.value) < Self.forgottenSeconds }
            // A clock that was set back does not extend the timeout.
            let first = min(since[session.commit] ?? time, time)
            let isLeft = time.timeIntervalSince(first) < Self.limitSeconds
            since[session.commit] = isLeft ? first : nil
            return isLeft
        }
    }
}
