import CFuse
import CLinux
import Glibc
import LinuxIO
import Logging
import NIOConcurrencyHelpers

/// A mounted file system, and the threads that serve the kernel for it.
// @unchecked: `session` is libfuse's, whose functions used here may be called from any thread while `run` has not ended; that
// is kept in `phase`, behind a lock.
public final class FuseSession: @unchecked Sendable {
    public let mountpoint: String
    private let session: OpaquePointer
    private let filesystem: Unmanaged<FilesystemBox>
    private let logger: Logger
    private let phase: ConditionLock<Phase> = ConditionLock(value: .mounted)
    private let runner = NIOLockedValueBox<pthread_t?>(nil)

    private enum Phase {
        case mounted
        case ended
    }

    /// Threads that serve the kernel at once, at most.
    private static let threadsMax: UInt32 = 10

    /// Mounts. The kernel's first request is answered once `run` is called.
    ///
    /// Sets the process's umask to 0, because the kernel has applied the caller's before it asks for a new file.
    public init(filesystem: any FuseFilesystem, mountpoint: String, options: MountOptions, logger: Logger) throws(MountError) {
        try Mountpoint.check(mountpoint)
        umask(0)
        FuseLog.shared.use(logger)
        let box = Unmanaged.passRetained(FilesystemBox(filesystem))
        var session: OpaquePointer?
        let mount = { session = Self.mountedSession(box.toOpaque(), mountpoint, options) }
        var messages: [String] = []
        let logged = FuseLog.shared.collecting {
            if geteuid() == 0 { mount() } else { messages = StandardError.capturing(mount) }
        }
        messages = logged + messages
        guard let session else {
            box.release()
            throw Self.error(mountpoint, options, messages)
        }
        self.session = session
        self.filesystem = box
        self.mountpoint = mountpoint
        self.logger = logger
    }

    deinit {
        fuse_session_destroy(session)
        filesystem.release()
    }

    /// Serves the kernel until the file system is unmounted or `stop` is called, and unmounts if that has not happened.
    /// - Throws: the error that ended the loop, if one did.
    public func run() throws(Errno) {
        let mayRun = runner.withLockedValue { runner in
            if runner != nil { return false }
            runner = pthread_self()
            return true
        }
        precondition(mayRun, "a session runs once")
        clinux_accept_wake_up_signal()
        let configuration = fuse_loop_cfg_create()
        fuse_loop_cfg_set_max_threads(configuration, Self.threadsMax)
        fuse_loop_cfg_set_clone_fd(configuration, 0)
        let result = fuse_session_loop_mt(session, configuration)
        fuse_loop_cfg_destroy(configuration)
        fuse_session_unmount(session)
        phase.lock()
        phase.unlock(withValue: .ended)
        // A positive result is the signal that ended the loop, which is no error.
        if result < 0 { throw Errno(-result) }
    }

    /// Ends `run`, from another thread, and returns when it has ended. Files that are open on the mount get errors from then on.
    public func stop() {
        fuse_session_exit(session)
        // The loop looks at the exit flag when its wait is interrupted; a signal that comes just before it waits is lost, so
        // it is sent until the loop has ended.
        while !phase.lock(whenValue: .ended, timeoutSeconds: 0.01) {
            runner.withLockedValue { runner in
                if let runner { pthread_kill(runner, SIGURG) }
            }
        }
        phase.unlock()
    }
}

extension FuseSession {
    private static func mountedSession(
        _ userdata: UnsafeMutableRawPointer, _ mountpoint: String, _ options: MountOptions
    ) -> OpaquePointer? {
        let texts: [String] = ["uploadfs", "-o", options.text]
        var arguments = texts.map { strdup($0) }
        defer { arguments.forEach { free($0) } }
        var operations = Operations.table()
        let session = arguments.withUnsafeMutableBufferPointer { buffer in
            var parsed = fuse_args(argc: Int32(buffer.count), argv: buffer.baseAddress, allocated: 0)
            defer { fuse_opt_free_args(&parsed) }
            return fuse_session_new(&parsed, &operations, MemoryLayout<fuse_lowlevel_ops>.size, userdata)
        }
        guard let session else { return nil }
        if fuse_session_mount(session, mountpoint) == 0 {
            if clinux_fuse_extend_init(session) == 0 { return session }
            fuse_session_unmount(session)
        }
        fuse_session_destroy(session)
        return nil
    }

    private static func error(_ mountpoint: String, _ options: MountOptions, _ messages: [String]) -> MountError {
        if messages.contains(where: { $0.contains("user_allow_other") }) { return .otherUsersNotAllowed }
        let reason = messages.last { !$0.isEmpty } ?? "libfuse gives no reason"
        return .refused(path: mountpoint, reason: reason)
    }
}
