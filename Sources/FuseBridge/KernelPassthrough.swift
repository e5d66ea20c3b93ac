import CLinux
import Glibc
import LinuxIO
import NIOConcurrencyHelpers

/// The kernel's number for a file of ours that it reads and writes itself.
public typealias BackingID = Int32

/// The kernel's offer to read and write the file behind an open file itself, so that neither comes through the daemon
/// (FUSE_PASSTHROUGH, Linux 6.9 and later).
///
/// All that have one file of the mount open at the same time must have the same backing file; the kernel refuses any other open
/// with EIO.
public final class KernelPassthrough: Sendable {
    /// The session's descriptor, until it ends.
    private let connection: NIOLockedValueBox<Int32?>

    init(connection: Int32) {
        self.connection = NIOLockedValueBox(connection)
    }

    func end() {
        connection.withLockedValue { $0 = nil }
    }

    /// - Returns: a number for open files of the mount. The kernel opens `file` again for each of them, with their own flags.
    /// - Throws: `EPERM` for any user but root of the machine, `ELOOP` for a file system that is stacked on another.
    public func open(_ file: borrowing Descriptor) throws(Errno) -> BackingID {
        let descriptor = file.rawValue
        let (backing, failure) = connection.withLockedValue { connection in
            let backing = connection.map { clinux_fuse_backing_open($0, descriptor) } ?? -1
            return (backing, connection == nil ? EBADF : errno)
        }
        if backing <= 0 { throw Errno(failure) }
        return backing
    }

    /// No further open file uses the number.
    public func close(_ backing: BackingID) {
        connection.withLockedValue { connection in
            if let connection { _ = clinux_fuse_backing_close(connection, backing) }
        }
    }

    /// The kernel asks again for the attributes of a node: they changed without a request that it knows of.
    public func forgetAttributes(of node: NodeID) {
        connection.withLockedValue { connection in
            if let connection { _ = clinux_fuse_forget_attributes(connection, UInt(node)) }
        }
    }
}
