import Glibc

/// Bytes per second over the last few seconds: an average in which what is older counts for less.
struct RateMeter: Sendable {
    /// The time after which a byte counts for 1/e, in seconds.
    private static let memory = 3.0

    private var average = 0.0
    private var pending = 0
    private var last: ContinuousClock.Instant
    private let start: ContinuousClock.Instant

    init(now: ContinuousClock.Instant) {
        last = now
        start = now
    }

    mutating func add(_ bytes: Int, now: ContinuousClock.Instant) {
        pending += bytes
        // Pieces come by the thousand; the average is brought up to date a few times a second.
        if now - last >= .milliseconds(200) { settle(now) }
    }

    mutating func rate(now: ContinuousClock.Instant) -> Double {
        if now - last >= .milliseconds(200) { settle(now) }
        // An average that began at zero is short of what has not had time to count.
        let age = (now - start) / .seconds(1)
        return age > 0.2 ? average / (1 - exp(-age / Self.memory)) : 0
    }

    private mutating func settle(_ now: ContinuousClock.Instant) {
        let elapsed = (now - last) / .seconds(1)
        let kept = exp(-elapsed / Self.memory)
        average = average * kept + Double(pending) / elapsed * (1 - kept)
        pending = 0
        last = now
    }
}
