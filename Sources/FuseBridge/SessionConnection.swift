import CFuse
import LinuxIO
import NIOConcurrencyHelpers

/// libfuse's session, and whether its descriptor of /dev/fuse is still open.
///
/// A request that a task answers can outlive the mount. Until it is answered it holds this object, so that libfuse's session is there;
/// and the reply is written only while the session is connected, since the number of a closed descriptor soon belongs to
/// another file, such as the database.
// @unchecked: `session` is libfuse's, whose functions used here may be called from any thread; the rest is behind a lock.
final class SessionConnection: @unchecked Sendable {
    let session: OpaquePointer
    private let filesystem: Unmanaged<FilesystemBox>
    /// The shared side is for replies of tasks, the exclusive side for the end of the connection.
    private let lock = ReadWriteLock()
    // Guarded by `lock`.
    private var isConnected = true

    /// - Parameter filesystem: the session's userdata, retained for the session.
    init(session: OpaquePointer, filesystem: Unmanaged<FilesystemBox>) {
        self.session = session
        self.filesystem = filesystem
        filesystem.takeUnretainedValue().connect(self)
    }

    deinit {
        fuse_session_destroy(session)
        filesystem.release()
    }

    /// Unmounts, which closes the descriptor. Does nothing the second time.
    func end() {
        lock.exclusive {
            if isConnected { fuse_session_unmount(session) }
            isConnected = false
        }
    }

    /// Runs `reply`, unless the connection has ended.
    /// - Returns: whether it was run.
    func whileConnected(_ reply: () -> Void) -> Bool {
        lock.shared {
            if isConnected { reply() }
            return isConnected
        }
    }
}
