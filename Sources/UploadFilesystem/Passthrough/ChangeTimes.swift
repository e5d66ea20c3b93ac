import Glibc
import LinuxIO

/// Whether the spool's file system gives two changes of a file, with a look at its times between them, different times.
enum ChangeTimes: Sendable {
    /// Always (Linux 6.13 and later, on the common file systems).
    case fine
    /// Only if the kernel's clock has gone on between them, which it does a few hundred times a second.
    case coarse

    /// Returns once every change from now on has another time than `status` has.
    func pass(_ status: FileStatus) {
        guard self == .coarse else { return }
        for _ in 0..<Self.looksMax {
            if SystemTime.ofChanges().isAfter(status.modified) { return }
            usleep(500)
        }
        // The file's time is in the future: someone has set it, or the clock. No change now gets it.
    }

    /// The clock goes on at least every 10 ms.
    private static let looksMax = 40
}

extension timespec {
    func isAfter(_ other: timespec) -> Bool {
        (tv_sec, tv_nsec) > (other.tv_sec, other.tv_nsec)
    }
}
