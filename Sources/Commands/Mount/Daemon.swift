import CDaemon
import Glibc
import LinuxIO
import class Foundation.FileManager

/// Moves a mount into the background.
enum Daemon {
    /// Forks. In the child, calls `body` with a function that reports readiness, and ends the process with what it returns;
    /// in the parent, returns or throws what the child reported.
    ///
    /// The child leads a session of its own, so that the terminal's signals do not reach it, and keeps standard error until
    /// it is ready, for what libfuse's helper has to say.
    ///
    /// - Precondition: the process has one thread. A forked process has only the thread that called fork(2), and whatever
    ///   the others had locked stays locked.
    static func run(_ body: (_ ready: () -> Void) throws(CommandFailure) -> Void) throws(CommandFailure) {
        precondition(threadCount() == 1, "no thread may exist before the fork")
        let pipe: PipeEnds
        do { pipe = try PipeEnds() } catch { throw .system("cannot create a pipe for the background process", error) }
        switch daemon_fork() {
        case -1:
            let error = Errno.current
            close(pipe.reading)
            close(pipe.writing)
            throw .system("cannot start the background process", error)
        case 0:
            close(pipe.reading)
            exit(child(reportTo: pipe.writing, body).rawValue)
        default:
            close(pipe.writing)
            if case .failed(let failure) = ReadySignal.receive(from: pipe.reading) { throw failure }
        }
    }

    private static func child(
        reportTo descriptor: Int32, _ body: (_ ready: () -> Void) throws(CommandFailure) -> Void
    ) -> ExitStatus {
        // Whoever started the command may wait for the end of a pipe or socket that it inherited, and must not wait for us.
        daemon_close_all_but(descriptor)
        setsid()
        umask(0)
        _ = chdir("/")
        var isReady = false
        do {
            try body {
                detachStandardStreams()
                ReadySignal.send(.ready, to: descriptor)
                isReady = true
            }
            return .success
        } catch {
            // Later errors are in the log: no one listens any more.
            if !isReady { ReadySignal.send(.failed(error), to: descriptor) }
            return error.status
        }
    }

    private static func detachStandardStreams() {
        let null = open("/dev/null", O_RDWR)
        guard null >= 0 else { return }
        for stream in STDIN_FILENO...STDERR_FILENO { dup2(null, stream) }
        if null > STDERR_FILENO { close(null) }
    }

    static func threadCount() -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 1
    }
}
