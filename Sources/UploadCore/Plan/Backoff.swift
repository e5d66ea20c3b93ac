/// How long to wait after an error: exponential with full jitter and a cap, without an end to the number of tries.
///
/// | failures in a row | transient | credentials, quota |
/// | --- | --- | --- |
/// | 1 | 0…1 s | 0…30 s |
/// | 2 | 0…2 s | 0…60 s |
/// | 3 | 0…4 s | 0…120 s |
/// | 7 and more | 0…64 s | 0…300 s |
///
/// `Retry-After` makes a wait longer, never shorter: a server that names a time gets at least that time, up to an hour, with a
/// little jitter on top so that many clients do not come back in the same moment. A server that always says 0 is waited for as
/// long as one that says nothing.
public struct Backoff: Sendable {
    /// The wait after the first failure is at most this.
    public let base: Duration
    /// No wait is longer than this, except one that the server asked for.
    public let cap: Duration

    public static let transient = Backoff(base: .seconds(1), cap: .seconds(64))
    /// For errors that someone has to repair: soon enough to notice the repair, seldom enough not to be a nuisance.
    public static let needsRepair = Backoff(base: .seconds(30), cap: .seconds(300))

    /// Both are brought into 0 to `longest`.
    public init(base: Duration, cap: Duration) {
        self.base = min(max(base, .zero), Self.longest)
        self.cap = min(max(cap, .zero), Self.longest)
    }

    /// Far beyond any wait that is of use, and far below what the multiplication of durations overflows by.
    private static let longest: Duration = .seconds(365 * 86_400)

    /// - Parameters:
    ///   - failures: how many times in a row it failed; less than 1 counts as 1.
    ///   - retryAfter: what the server asked for.
    ///   - random: a number from 0 to 1.
    public func delay(failures: Int, retryAfter: Duration? = nil, random: Double) -> Duration {
        let share = random.isFinite ? min(max(random, 0), 1) : 1
        // Doubled step by step and never beyond the cap, which no number of failures can make overflow.
        var ceiling = min(base, cap)
        for _ in 1..<min(max(failures, 1), 64) where ceiling < cap { ceiling = min(ceiling * 2, cap) }
        guard let retryAfter else { return ceiling * share }
        return max(ceiling * share, min(max(retryAfter, .zero), Self.retryAfterMax) + min(base, cap) * (share * 0.1))
    }

    /// The longest time that a server can make an upload wait. One that asks for more is asked again after an hour: its clock or
    /// its header may be wrong.
    static let retryAfterMax: Duration = .seconds(3600)
}

extension Backoff {
    /// The policy for an error; nil where waiting is of no use.
    public static func policy(for code: UploadError.Code) -> Backoff? {
        // What is waited for is in the database, which costs next to nothing to look at.
        if code == .nameInUse { return Backoff(base: .seconds(2), cap: .seconds(2)) }
        return switch code.disposition {
        case .transient, .sessionGone: .transient
        case .credentials, .quota: .needsRepair
        case .permanent, .stopped: nil
        }
    }
}
