import Glibc

/// Interrupts a blocking system call of this process once the time is over, and again and again until the process looks: an
/// alarm that comes just before the call would be lost otherwise.
struct RepeatingAlarm {
    private static let intervalMicroseconds = 100_000
    private let deadline: ContinuousClock.Instant

    init(after limit: Duration) {
        deadline = .now + limit
        var action = sigaction()
        // Without SA_RESTART the call that the signal interrupts fails with EINTR.
        action.__sigaction_handler.sa_handler = { _ in }
        sigaction(SIGALRM, &action, nil)
        // Whoever started us may have blocked it, and a program inherits that.
        var alarm = sigset_t()
        sigemptyset(&alarm)
        sigaddset(&alarm, SIGALRM)
        pthread_sigmask(SIG_UNBLOCK, &alarm, nil)
        // A timer of zero would be none at all.
        let parts = max(limit, .milliseconds(1)).components
        var timer = itimerval(
            it_interval: timeval(tv_sec: 0, tv_usec: Self.intervalMicroseconds),
            it_value: timeval(tv_sec: Int(parts.seconds), tv_usec: Int(parts.attoseconds / 1_000_000_000_000)))
        setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
    }

    var isOver: Bool { ContinuousClock.now >= deadline }

    func cancel() {
        var timer = itimerval()
        setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
    }
}
