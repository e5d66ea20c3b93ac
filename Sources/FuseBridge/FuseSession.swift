import CFuse
import CLinux
import Glibc
import LinuxIO
import Logging
import NIOConcurrencyHelpers

/// A mounted file system, and the threads that serve the kernel for it.
public final class FuseSession: Sendable {
    public let mountpoint: String
    /// nil where it is not wanted, or where the kernel does not offer it.
    public let passthrough: KernelPassthrough?
    private let connection: SessionConnection
    private let phase: ConditionLock<Phase> = ConditionLock(value: .mounted)
    private let threads: ServingThreads

    private enum Phase {
        case mounted
        case ended
    }

    /// Mounts, and agrees with the kernel on how to work together. Its first question about files is answered once `run` is called.
    ///
    /// Sets the process's umask to 0, because the kernel has applied the caller's before it asks for a new file.
    public init(filesystem: any FuseFilesystem, mountpoint: String, options: MountOptions, logger: Logger) throws(MountError) {
        try Mountpoint.check(mountpoint)
        umask(0)
        FuseLog.shared.use(logger)
        let box = Unmanaged.passRetained(FilesystemBox(filesystem))
        var session: (pointer: OpaquePointer, hasPassthrough: Bool)?
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
        connection = SessionConnection(session: session.pointer, filesystem: box)
        if !options.followsSymbolicLinks, clinux_refuse_symbolic_links(mountpoint) != 0 {
            let failure = Errno.current
            connection.end()
            throw .symbolicLinksCannotBeRefused(failure)
        }
        threads = ServingThreads(session: session.pointer)
        passthrough = session.hasPassthrough ? KernelPassthrough(connection: fuse_session_fd(session.pointer)) : nil
        self.mountpoint = mountpoint
    }

    deinit {
        passthrough?.end()
    }

    /// Serves the kernel until the file system is unmounted or `stop` is called, and unmounts if that has not happened.
    /// - Throws: the error that ended the loop, if one did.
    public func run() throws(Errno) {
        defer {
            // Before the descriptor is closed, since its number then belongs to the next file that is opened.
            passthrough?.end()
            connection.end()
            phase.lock()
            phase.unlock(withValue: .ended)
        }
        try threads.run()
    }

    /// Ends `run`, from another thread, and returns when it has ended. Files that are open on the mount get errors from then on.
    public func stop() {
        threads.end()
        phase.lock(whenValue: .ended)
        phase.unlock()
    }
}

extension FuseSession {
    private static func mountedSession(
        _ userdata: UnsafeMutableRawPointer, _ mountpoint: String, _ options: MountOptions
    ) -> (pointer: OpaquePointer, hasPassthrough: Bool)? {
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
            var hasPassthrough: Int32 = 0
            if clinux_fuse_answer_init(session, options.wantsPassthrough ? 1 : 0, &hasPassthrough) == 0 {
                return (session, hasPassthrough != 0)
            }
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
