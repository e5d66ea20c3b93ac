import Glibc
import UploadCore

/// The time by which uploads wait and events are stamped: that of the wall clock when the process began, and from then on that of a
/// clock that no one sets (CLOCK_BOOTTIME, which also counts while the machine sleeps). Setting the machine's clock back by
/// hours must not make uploads wait for hours.
struct EngineClock: Sendable {
    static let shared = EngineClock(wall: Milliseconds.now(), steady: steadyNow())

    private let offset: Int64

    /// - Parameters: what the two clocks show at one moment, in milliseconds.
    init(wall: Int64, steady: Int64) {
        offset = wall &- steady
    }

    func time(steady: Int64) -> Int64 { Milliseconds.adding(offset, to: steady) }

    static func now() -> Int64 { shared.time(steady: steadyNow()) }

    private static func steadyNow() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
