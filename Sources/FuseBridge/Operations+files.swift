import CFuse
import CLinux
import LinuxIO

/// Opening and closing.
extension Operations {
    static func addFiles(to operations: inout fuse_lowlevel_ops) {
        operations.open = { raw, node, info in
            guard let call = CallContext(raw), let info else { return }
            let filesystem = call.filesystem
            do throws(Errno) {
                let file = try filesystem.open(node, flags: info.pointee.flags, caller: call.caller)
                info.pointee.describe(file)
                if fuse_reply_open(call.raw, info) != 0 { filesystem.release(file.handle, of: node) }
            } catch {
                fuse_reply_err(call.raw, error.code)
            }
        }
        operations.create = { raw, parent, name, mode, info in
            guard let call = CallContext(raw), let info else { return }
            let filesystem = call.filesystem
            do throws(Errno) {
                let (entry, file) = try filesystem.create(
                    bytes(of: name), in: parent, mode: mode, flags: info.pointee.flags, caller: call.caller)
                info.pointee.describe(file)
                var parameters = fuse_entry_param(entry)
                if fuse_reply_create(call.raw, &parameters, info) != 0 {
                    filesystem.release(file.handle, of: entry.node)
                    filesystem.forget(entry.node, lookups: 1)
                }
            } catch {
                fuse_reply_err(call.raw, error.code)
            }
        }
        operations.flush = { raw, node, info in
            guard let call = CallContext(raw), let info else { return }
            call.filesystem.flush(info.pointee.fh, of: node, request: Request(call.raw))
        }
        operations.fsync = { raw, node, dataOnly, info in
            guard let call = CallContext(raw), let info else { return }
            call.filesystem.synchronize(info.pointee.fh, of: node, dataOnly: dataOnly != 0, request: Request(call.raw))
        }
        operations.release = { raw, node, info in
            guard let call = CallContext(raw), let info else { return }
            let (filesystem, handle) = (call.filesystem, info.pointee.fh)
            call.reply { () throws(Errno) in filesystem.release(handle, of: node) }
        }
    }
}

extension fuse_file_info {
    /// To be answered next, on this thread.
    mutating func describe(_ file: OpenedFile) {
        fh = file.handle
        noflush = file.receivesFlush ? 0 : 1
        switch file.mode {
        case .cached: keep_cache = 1
        case .direct: direct_io = 1
        case .passthrough(let backing): clinux_fuse_back_next_open(backing)
        }
    }
}
