import CFuse
import Glibc
import LinuxIO

extension Operations {
    static func addAttributes(to operations: inout fuse_lowlevel_ops) {
        operations.getattr = { raw, node, _ in
            guard let call = CallContext(raw) else { return }
            let filesystem = call.filesystem
            call.replyAttributes { () throws(Errno) in try filesystem.attributes(of: node) }
        }
        operations.setattr = { raw, node, values, fields, info in
            guard let call = CallContext(raw), let values else { return }
            let (filesystem, caller) = (call.filesystem, call.caller)
            let changes = AttributeChanges(values.pointee, fields: fields)
            let handle = info?.pointee.fh
            call.replyAttributes { () throws(Errno) in
                try filesystem.change(changes, of: node, handle: handle, caller: caller)
            }
        }
        operations.access = { raw, node, mask in
            guard let call = CallContext(raw) else { return }
            let filesystem = call.filesystem
            call.reply { () throws(Errno) in try filesystem.checkAccess(to: node, mask) }
        }
        operations.statfs = { raw, _ in
            guard let call = CallContext(raw) else { return }
            do throws(Errno) {
                var statistics = try call.filesystem.statistics()
                fuse_reply_statfs(call.raw, &statistics)
            } catch {
                fuse_reply_err(call.raw, error.code)
            }
        }
    }
}

extension AttributeChanges {
    /// - Parameter fields: libfuse's `to_set`, which of the values count.
    init(_ values: stat, fields: Int32) {
        self.init()
        if fields & FUSE_SET_ATTR_MODE != 0 { mode = values.st_mode & 0o7777 }
        if fields & FUSE_SET_ATTR_UID != 0 { user = values.st_uid }
        if fields & FUSE_SET_ATTR_GID != 0 { group = values.st_gid }
        if fields & FUSE_SET_ATTR_SIZE != 0 { size = Int64(values.st_size) }
        if fields & FUSE_SET_ATTR_ATIME_NOW != 0 {
            accessed = .now
        } else if fields & FUSE_SET_ATTR_ATIME != 0 {
            accessed = .at(values.st_atim)
        }
        if fields & FUSE_SET_ATTR_MTIME_NOW != 0 {
            modified = .now
        } else if fields & FUSE_SET_ATTR_MTIME != 0 {
            modified = .at(values.st_mtim)
        }
    }
}
