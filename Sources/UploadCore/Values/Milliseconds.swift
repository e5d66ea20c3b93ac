import struct Foundation.Date

/// Times as checkpoints and events keep them: milliseconds since 1970. No conversion traps: what is out of range saturates.
public enum Milliseconds {
    /// By the wall clock, which may be set forward or back at any time.
    public static func now() -> Int64 { of(Date()) }

    public static func of(_ date: Date) -> Int64 {
        Int64(exactly: (date.timeIntervalSince1970 * 1000).rounded()) ?? (date.timeIntervalSince1970 < 0 ? .min : .max)
    }

    public static func date(_ milliseconds: Int64) -> Date {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000)
    }

    public static func of(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        let (milliseconds, overflows) = seconds.multipliedReportingOverflow(by: 1000)
        if overflows { return seconds < 0 ? .min : .max }
        return adding(attoseconds / 1_000_000_000_000_000, to: milliseconds)
    }

    /// `time` plus `delay`, both in milliseconds.
    public static func adding(_ delay: Int64, to time: Int64) -> Int64 {
        let (sum, overflows) = time.addingReportingOverflow(delay)
        return overflows ? (delay < 0 ? .min : .max) : sum
    }
}
