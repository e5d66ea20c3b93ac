import CFuse
import Glibc
import LinuxIO

/// One callback of libfuse: the request, and the file system that it is for.
struct CallContext: ~Copyable {
    let raw: fuse_req_t

    /// nil would be a callback without a request, which libfuse does not make.
    init?(_ raw: fuse_req_t?) {
        guard let raw else { return nil }
        self.raw = raw
    }

    var filesystem: any FuseFilesystem {
        // The session retains the box from before the first request until after the last one.
        Unmanaged<FilesystemBox>.fromOpaque(fuse_req_userdata(raw)).takeUnretainedValue().filesystem
    }

    var caller: Caller {
        let context = fuse_req_ctx(raw).pointee
        return Caller(user: context.uid, group: context.gid, process: context.pid)
    }

    // MARK: Replies of the calls that answer at once

    func reply(_ outcome: () throws(Errno) -> Void) {
        do {
            try outcome()
            fuse_reply_err(raw, 0)
        } catch {
            fuse_reply_err(raw, error.code)
        }
    }

    /// An entry that the kernel did not take, because the caller was interrupted, is no lookup.
    func replyEntry(_ outcome: () throws(Errno) -> Entry) {
        let filesystem = filesystem
        do {
            let entry = try outcome()
            var parameters = fuse_entry_param(entry)
            if fuse_reply_entry(raw, &parameters) != 0, !entry.isAbsent { filesystem.forget(entry.node, lookups: 1) }
        } catch {
            fuse_reply_err(raw, error.code)
        }
    }

    func replyAttributes(_ outcome: () throws(Errno) -> Attributes) {
        do {
            let attributes = try outcome()
            var values = stat(attributes.values)
            fuse_reply_attr(raw, &values, attributes.timeout)
        } catch {
            fuse_reply_err(raw, error.code)
        }
    }

    /// Replies with bytes that `fill` puts into a buffer of the thread.
    func replyBytes(max count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(Errno) -> Int) {
        do {
            let buffer = try ThreadBuffer.bytes(count)
            let filled = try fill(buffer)
            fuse_reply_buf(raw, buffer.baseAddress, filled)
        } catch {
            fuse_reply_err(raw, error.code)
        }
    }

    func replyCount(_ outcome: () throws(Errno) -> Int) {
        do {
            fuse_reply_write(raw, try outcome())
        } catch {
            fuse_reply_err(raw, error.code)
        }
    }
}

/// What libfuse carries as `userdata`.
// @unchecked: `connection` is set before the first request.
final class FilesystemBox: @unchecked Sendable {
    let filesystem: any FuseFilesystem
    /// The session that owns this object.
    private(set) weak var connection: SessionConnection?

    init(_ filesystem: any FuseFilesystem) {
        self.filesystem = filesystem
    }

    func connect(_ connection: SessionConnection) {
        self.connection = connection
    }
}

/// The bytes of a name that libfuse passes.
func bytes(of name: UnsafePointer<CChar>?) -> [UInt8] {
    guard let name else { return [] }
    return Array(UnsafeRawBufferPointer(start: name, count: strlen(name)))
}
