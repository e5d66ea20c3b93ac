import Glibc
import LinuxIO

/// SIGTERM, SIGINT and SIGHUP end a mount cleanly. They are taken by a thread that waits for them, so that no code ever runs
/// inside a signal handler.
struct StopSignals {
    private let signals: sigset_t

    /// Blocks the signals in this thread and in all that it starts from now on. Must come before the first of them.
    init() {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signals = set
        // A reader that went away is an error of the write, not the end of the mount.
        _ = signal(SIGPIPE, SIG_IGN)
        // So is a file that would become larger than the process may make one.
        _ = signal(SIGXFSZ, SIG_IGN)
    }

    /// Calls `stop` for each of them, from a thread of its own.
    func watch(_ stop: @escaping @Sendable (_ signal: Int32) -> Void) throws(CommandFailure) {
        let context = Unmanaged.passRetained(Context(signals: signals, stop: stop))
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { StopSignals.wait($0) }, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw .system("cannot start the thread that waits for signals", Errno(code))
        }
        pthread_detach(thread)
    }

    private static func wait(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        let context = Unmanaged<Context>.fromOpaque(argument).takeRetainedValue()
        var signals = context.signals
        while true {
            var signal: Int32 = 0
            if sigwait(&signals, &signal) == 0 { context.stop(signal) }
        }
    }

    private final class Context {
        let signals: sigset_t
        let stop: @Sendable (Int32) -> Void

        init(signals: sigset_t, stop: @escaping @Sendable (Int32) -> Void) {
            self.signals = signals
            self.stop = stop
        }
    }
}
