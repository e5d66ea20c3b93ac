import CLinux
import Glibc

/// The kernel's clocks.
public enum SystemTime {
    /// The beginning of 1970.
    public static let zero = timespec()

    /// The time of day.
    public static func now() -> timespec {
        read(CLOCK_REALTIME)
    }

    /// The time of day as file systems give it to files that change: it goes on by beats of some milliseconds.
    public static func ofChanges() -> timespec {
        read(CLOCK_REALTIME_COARSE)
    }

    /// Seconds of a clock that no one sets, from some start.
    public static func monotonicSeconds() -> Int {
        read(CLOCK_MONOTONIC_COARSE).tv_sec
    }

    /// A time in nanoseconds since 1970. File systems store any year, and 64 bits reach from 1677 to 2262 only: a time outside that range
    /// becomes the nearest end of it. The same time always becomes the same number, so two results can be compared.
    public static func nanoseconds(_ time: timespec) -> Int64 {
        let (seconds, isOutside) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflow) = seconds.addingReportingOverflow(Int64(time.tv_nsec))
        return isOutside || overflow ? (time.tv_sec < 0 ? .min : .max) : sum
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)
        return time
    }
}
