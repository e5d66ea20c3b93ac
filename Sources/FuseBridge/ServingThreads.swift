import CFuse
import CLinux
import Dispatch
import Glibc
import LinuxIO
import NIOConcurrencyHelpers

/// The threads that take the kernel's requests and answer them.
///
/// Few of them wait for a request, in read(2); the rest wait here, and who came last goes first. libfuse's own loop keeps all its
/// threads in read(2), where the kernel wakes them in turn, so that each request comes to the thread that has been away for
/// longest, with the coldest caches: measured, a fifth of the processor time of small requests. When all are at work or blocked, one
/// more comes after some milliseconds (`ReaderWatch`), so that a request that blocks does not hold up the others.
// @unchecked: `session` is libfuse's, whose functions used here may be called from any thread; the rest is immutable or behind a lock.
final class ServingThreads: @unchecked Sendable {
    /// Threads in all, at most: as many requests can block at once, in calls that a slow disk holds up. They come only when all others
    /// block.
    private static let threadsMax = 64
    /// Threads that wait for requests at once, at most, however busy the mount is.
    private static let readersMax = 10

    private let session: OpaquePointer
    private let state = NIOLockedValueBox(State())
    private let isToEnd = DispatchSemaphore(value: 0)
    private let allEnded = DispatchSemaphore(value: 0)
    private let isToWatch = DispatchSemaphore(value: 0)

    private struct State {
        var threads: [pthread_t] = []
        var running = 0
        /// In read(2), or on the way there.
        var readers = 0
        /// How often a thread has begun to read.
        var returns: UInt64 = 0
        var waiting: [DispatchSemaphore] = []
        var watch = ReaderWatch()
        /// Whether someone looks at the threads from time to time.
        var isWatched = false
        var isEnding = false
        /// The error that ended the service, as a positive number; 0 for none.
        var failure: Int32 = 0
    }

    init(session: OpaquePointer) {
        self.session = session
    }

    /// Serves the kernel until the file system is unmounted or `end` is called.
    /// - Throws: the error that ended it, if one did.
    func run() throws(Errno) {
        let (isServing, isWatched) = state.withLockedValue { state in
            let isServing = start(&state)
            for _ in 1..<ReaderWatch.readersMin where isServing { _ = start(&state) }
            return (isServing, isServing && startThread({ $0.watchReaders() }, &state))
        }
        guard isServing else { throw Errno(EAGAIN) }
        if !isWatched { end(failure: EAGAIN) }
        isToEnd.wait()
        // A thread that is about to wait for a request misses the signal.
        while allEnded.wait(timeout: .now() + .milliseconds(10)) == .timedOut { end() }
        let (threads, failure) = state.withLockedValue { state in
            // `end` may still be called, and a joined thread must not be signaled: its memory is gone.
            defer { state.threads = [] }
            return (state.threads, state.failure)
        }
        for thread in threads { pthread_join(thread, nil) }
        if failure != 0 { throw Errno(failure) }
    }

    /// Makes `run` return soon. May be called by any thread, at any time and any number of times, also after `run` has returned.
    func end(failure: Int32 = 0) {
        fuse_session_exit(session)
        state.withLockedValue { state in
            if failure != 0 { state.failure = failure }
            state.isEnding = true
            for turn in state.waiting { turn.signal() }
            state.waiting = []
            for thread in state.threads { pthread_kill(thread, SIGURG) }
        }
        isToWatch.signal()
        isToEnd.signal()
    }

    // MARK: One thread

    private func serve() {
        clinux_accept_wake_up_signal()
        var buffer = fuse_buf()
        let turn = DispatchSemaphore(value: 0)
        while becomeReader(turn) {
            let count = fuse_session_receive_buf(session, &buffer)
            ceaseReading()
            if count > 0 {
                fuse_session_process_buf(session, &buffer)
            } else if count != -EINTR || fuse_session_exited(session) != 0 {
                end(failure: count == -EINTR ? 0 : -count)
            }
        }
        free(buffer.mem)
        let isLast = state.withLockedValue { state in
            state.running -= 1
            return state.running == 0
        }
        if isLast { allEnded.signal() }
    }

    /// Waits until it is this thread's turn to wait for a request; false when there will be no more.
    private func becomeReader(_ turn: DispatchSemaphore) -> Bool {
        let mayRead = state.withLockedValue { state -> Bool? in
            if state.isEnding { return false }
            state.returns += 1
            if state.readers < state.watch.wanted {
                state.readers += 1
                return true
            }
            state.waiting.append(turn)
            return nil
        }
        if let mayRead { return mayRead }
        turn.wait()
        return state.withLockedValue { !$0.isEnding }
    }

    /// Sees to it that someone will read if this thread and the others are at work for long.
    private func ceaseReading() {
        let isToBeWatched = state.withLockedValue { state in
            state.readers -= 1
            guard state.readers == 0, !state.isWatched else { return false }
            state.isWatched = true
            return true
        }
        if isToBeWatched { isToWatch.signal() }
    }

    // MARK: The watch

    private func watchReaders() {
        var isResting = true
        while true {
            if isResting {
                isToWatch.wait()
            } else {
                _ = isToWatch.wait(timeout: .now() + .milliseconds(ReaderWatch.intervalMilliseconds))
            }
            let verdict = state.withLockedValue { state in state.isEnding ? nil : look(&state) }
            guard let verdict else { return }
            isResting = verdict == .rest
        }
    }

    private func look(_ state: inout State) -> ReaderWatch.Verdict {
        let verdict = state.watch.look(readers: state.readers, returns: state.returns, max: Self.readersMax)
        if verdict == .call { callReader(&state) }
        if verdict == .rest { state.isWatched = false }
        return verdict
    }

    private func callReader(_ state: inout State) {
        if let next = state.waiting.popLast() {
            state.readers += 1
            next.signal()
        } else if state.running < Self.threadsMax {
            _ = start(&state)
        }
    }

    // MARK: Starting

    /// Starts one more thread that serves; false if the system has none to give.
    private func start(_ state: inout State) -> Bool {
        guard startThread({ $0.serve() }, &state) else { return false }
        state.running += 1
        return true
    }

    private func startThread(_ body: @escaping @Sendable (ServingThreads) -> Void, _ state: inout State) -> Bool {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(ThreadStart(threads: self, body: body))
        let failure = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let start = Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()
                start.body(start.threads)
                return nil
            }, context.toOpaque())
        if failure != 0 {
            context.release()
            return false
        }
        state.threads.append(thread)
        return true
    }
}

/// What a new thread is given.
private final class ThreadStart: Sendable {
    let threads: ServingThreads
    let body: @Sendable (ServingThreads) -> Void

    init(threads: ServingThreads, body: @escaping @Sendable (ServingThreads) -> Void) {
        self.threads = threads
        self.body = body
    }
}
