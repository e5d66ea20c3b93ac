import UploadCore

/// Keeps a token until shortly before it expires. However many tasks ask, only one renewal is under way.
public actor TokenCache<Time: Clock>: TokenSource where Time.Duration == Duration {
    private struct Held {
        let value: String
        /// From here on a new one is asked for.
        let renewal: Time.Instant
        /// From here on it is of no use.
        let expiry: Time.Instant
    }

    private let grant: any TokenGrant
    private let clock: Time
    private var held: Held?
    private var renewing: Task<Result<String, UploadError>, Never>?
    /// After a failed renewal of a token that is still good, the next try is not due before this.
    private var pause: Time.Instant?

    /// Google's libraries renew this long before expiry: the metadata server hands out a new token only in the last minutes.
    static var margin: Duration { .seconds(225) }
    static var pauseAfterFailure: Duration { .seconds(15) }

    public init(_ grant: any TokenGrant, clock: Time) {
        self.grant = grant
        self.clock = clock
    }

    public func token() async throws(UploadError) -> String? {
        let now = clock.now
        if let held, now < held.renewal || (now < held.expiry && now < pause ?? now) { return held.value }
        switch await renewed() {
        case .success(let value):
            return value
        case .failure(let error):
            // The margin is there for this: a renewal that fails does not stop what the old token still covers.
            guard let held, clock.now < held.expiry else { throw error }
            pause = clock.now.advanced(by: Self.pauseAfterFailure)
            return held.value
        }
    }

    public func invalidate(_ token: String) async -> Bool {
        // Of several requests that were refused with the same token, the first drops it; the others find a newer one.
        if held?.value == token { held = nil }
        return true
    }

    private func renewed() async -> Result<String, UploadError> {
        if let renewing { return await renewing.value }
        // A task of its own: that one of those who wait is cancelled must not fail the others.
        let task = Task { await self.renew() }
        renewing = task
        return await task.value
    }

    private func renew() async -> Result<String, UploadError> {
        defer { renewing = nil }
        do throws(UploadError) {
            let token = try await grant.obtain()
            let now = clock.now
            // A token that lives shorter than the margin is renewed half way, not with every request.
            let useful = max(token.lifetime - Self.margin, token.lifetime / 2)
            held = Held(value: token.value, renewal: now.advanced(by: useful), expiry: now.advanced(by: token.lifetime))
            pause = nil
            return .success(token.value)
        } catch {
            return .failure(error)
        }
    }
}
