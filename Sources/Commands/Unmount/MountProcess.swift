import CDaemon
import Glibc
import LinuxIO

/// The process behind a mount. After an unmount it still puts its state in order; only then can the same state directory be
/// mounted again.
struct MountProcess: ~Copyable {
    private let id: pid_t
    /// Becomes readable when the process ends.
    private let handle: Descriptor

    /// How long an unmount waits for it, in milliseconds: more than it takes to cut off the requests in flight.
    private static let endTimeoutMilliseconds: Int32 = 120_000

    /// Nil where it is gone already, or cannot be found.
    init?(of mount: MountTable.Entry) {
        guard let id = StatusPageDocument.read(mountpoint: mount.mountpoint)?.pid ?? FuseConnections.server(of: mount) else { return nil }
        let descriptor = daemon_pidfd_open(id)
        guard descriptor >= 0 else { return nil }
        self.id = id
        handle = Descriptor(owning: descriptor)
    }

    func waitForEnd() throws(CommandFailure) {
        var waiting = pollfd(fd: handle.rawValue, events: Int16(POLLIN), revents: 0)
        var ready: Int32
        repeat { ready = poll(&waiting, 1, Self.endTimeoutMilliseconds) } while ready < 0 && errno == EINTR
        if ready == 0 {
            throw CommandFailure(.temporaryFailure, "unmounted, but process \(id) has not finished yet")
        }
    }
}
