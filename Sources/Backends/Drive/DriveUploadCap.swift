import Foundation
import HTTPTransport
import NIOConcurrencyHelpers
import NIOHTTP1
import UploadCore

/// What an account may upload in a day, about 750 GiB.
///
/// Drive reports it as `dailyLimitExceeded`, or as the same refusal as for too many requests in a moment, which then persists.
/// Retrying is of no use then, for any file: all uploads pause, and one request an hour finds out whether they can resume.
final class DriveUploadCap: Sendable {
    /// No limit on requests in a moment lasts that long.
    static let patienceSeconds = 600.0
    static let pauseSeconds = 3600.0

    private struct State {
        /// Since when every request was refused.
        var refusedSince: Date?
        var pausedUntil: Date?
    }

    private let now: @Sendable () -> Date
    private let state = NIOLockedValueBox(State())

    init(now: @escaping @Sendable () -> Date) {
        self.now = now
    }

    /// Before a request that begins or carries an upload.
    func check() throws(UploadError) {
        let time = now()
        let left = state.withLockedValue { state -> Double? in
            guard let end = state.pausedUntil, end > time else { return nil }
            // A clock that was set back does not make the pause longer.
            state.pausedUntil = min(end, time.addingTimeInterval(Self.pauseSeconds))
            return state.pausedUntil?.timeIntervalSince(time)
        }
        if let left { throw Self.paused(left) }
    }

    /// After it.
    /// - Throws: where the response says that the day's uploads are used up.
    func note(_ response: HTTPResponse) throws(UploadError) {
        let time = now()
        let reason = response.status == .forbidden ? GoogleRefusal(response).reason : nil
        let isPaused = state.withLockedValue { state in
            switch reason {
            case "dailyLimitExceeded": break
            case "userRateLimitExceeded", "rateLimitExceeded":
                let since = min(state.refusedSince ?? time, time)
                state.refusedSince = since
                if time.timeIntervalSince(since) < Self.patienceSeconds { return false }
            default:
                if response.status.code < 400 { state = State() }
                return false
            }
            state.pausedUntil = time.addingTimeInterval(Self.pauseSeconds)
            return true
        }
        if isPaused { throw Self.paused(Self.pauseSeconds) }
    }

    private static func paused(_ seconds: Double) -> UploadError {
        UploadError(
            .quotaExceeded,
            "Drive's daily upload limit for this account (about 750 GiB) is reached; uploads are retried within an hour",
            retryAfter: .seconds(seconds))
    }
}
