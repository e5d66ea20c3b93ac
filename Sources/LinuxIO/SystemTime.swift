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

    /// Seconds of a clock that nobody sets, from some start.
    public static func monotonicSeconds() -> Int {
        read(CLOCK_MONOTONIC_COARSE).tv_sec
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)
        return time
    }
}
