@testable import Credentials
import HTTPTransport
import NIOConcurrencyHelpers
import Testing
import UploadCore
import UploadTesting

@Suite(.timeLimit(.minutes(20))) struct TokenCacheTests {
    /// Hands out `1`, `2`, …; each call waits until it is let go.
    final class Issuer: TokenGrant {
        private let count = NIOLockedValueBox(0)
        private let failure = NIOLockedValueBox<UploadError?>(nil)
        private let lifetime: Duration
        private let gate: AsyncStream<Void>?

        init(lifetime: Duration = .seconds(3600), gate: AsyncStream<Void>? = nil) {
            self.lifetime = lifetime
            self.gate = gate
        }

        var calls: Int { count.withLockedValue { $0 } }

        func fail(with error: UploadError?) { failure.withLockedValue { $0 = error } }

        func obtain() async throws(UploadError) -> AccessToken {
            let number = count.withLockedValue {
                $0 += 1
                return $0
            }
            if let gate { for await _ in gate { break } }
            if let error = failure.withLockedValue({ $0 }) { throw error }
            return AccessToken(value: "\(number)", lifetime: lifetime)
        }
    }

    @Test func manyWhoAskWaitForOneRenewal() async throws {
        let (gate, continuation) = AsyncStream.makeStream(of: Void.self)
        let issuer = Issuer(gate: gate)
        let cache = TokenCache(issuer, clock: ManualClock())
        let values = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<50 { group.addTask { try await cache.token() } }
            continuation.yield()
            return try await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(values == Array(repeating: "1", count: 50))
        #expect(issuer.calls == 1)
    }

    @Test func aTokenIsRenewedBeforeItExpires() async throws {
        let issuer = Issuer(lifetime: .seconds(3600))
        let clock = ManualClock()
        let cache = TokenCache(issuer, clock: clock)
        #expect(try await cache.token() == "1")
        clock.advance(by: .seconds(3600 - 226))
        #expect(try await cache.token() == "1")
        clock.advance(by: .seconds(1))
        #expect(try await cache.token() == "2")
    }

    @Test func aShortLivedTokenIsNotRenewedWithEveryRequest() async throws {
        let issuer = Issuer(lifetime: .seconds(100))
        let clock = ManualClock()
        let cache = TokenCache(issuer, clock: clock)
        for _ in 0..<3 { #expect(try await cache.token() == "1") }
        clock.advance(by: .seconds(50))
        #expect(try await cache.token() == "2")
    }

    @Test func aRefusedTokenIsNotGivenOutAgain() async throws {
        let issuer = Issuer()
        let cache = TokenCache(issuer, clock: ManualClock())
        #expect(try await cache.token() == "1")
        #expect(await cache.invalidate("1"))
        #expect(try await cache.token() == "2")
        _ = await cache.invalidate("1")
        #expect(try await cache.token() == "2")
    }

    @Test func aFailedRenewalDoesNotStopWhatTheOldTokenCovers() async throws {
        let issuer = Issuer(lifetime: .seconds(3600))
        let clock = ManualClock()
        let cache = TokenCache(issuer, clock: clock)
        _ = try await cache.token()
        let busy = UploadError(.serverBusy, "busy")
        issuer.fail(with: busy)
        clock.advance(by: .seconds(3500))
        #expect(try await cache.token() == "1")
        #expect(try await cache.token() == "1")
        #expect(issuer.calls == 2)
        clock.advance(by: .seconds(16))
        #expect(try await cache.token() == "1")
        #expect(issuer.calls == 3)
        clock.advance(by: .seconds(85))
        await #expect(throws: busy) { try await cache.token() }
        issuer.fail(with: nil)
        #expect(try await cache.token() == "5")
    }

    @Test func whoIsCancelledDoesNotFailTheOthers() async throws {
        let (gate, continuation) = AsyncStream.makeStream(of: Void.self)
        let cache = TokenCache(Issuer(gate: gate), clock: ManualClock())
        let first = Task { try await cache.token() }
        let second = Task { try await cache.token() }
        first.cancel()
        continuation.yield()
        #expect(try await second.value == "1")
    }

    @Test func secretsAreNotDescribed() {
        #expect(!"\(AccessToken(value: "SECRET", lifetime: .seconds(1)))".contains("SECRET"))
        #expect(!String(reflecting: AccessToken(value: "SECRET", lifetime: .seconds(1))).contains("SECRET"))
        var dumped = ""
        dump(AccessToken(value: "SECRET", lifetime: .seconds(1)), to: &dumped)
        #expect(!dumped.contains("SECRET"))
        #expect(!"\(StaticToken("SECRET"))".contains("SECRET"))
    }
}
