import CFuse
import Glibc
import LinuxIO

/// Reading and writing.
extension Operations {
    static func addFileData(to operations: inout fuse_lowlevel_ops) {
        operations.read = { raw, node, size, offset, info in
            guard let call = CallContext(raw), let handle = info?.pointee.fh else { return }
            let filesystem = call.filesystem
            call.replyBytes(max: size) { (buffer) throws(Errno) in
                try filesystem.read(handle, of: node, at: Int64(offset), into: buffer)
            }
        }
        operations.write = { raw, node, start, size, offset, info in
            guard let call = CallContext(raw), let handle = info?.pointee.fh else { return }
            let (filesystem, caller) = (call.filesystem, call.caller)
            let bytes = UnsafeRawBufferPointer(start: start, count: size)
            call.replyCount { () throws(Errno) in
                try filesystem.write(bytes, to: handle, of: node, at: Int64(offset), caller: caller)
            }
        }
        operations.fallocate = { raw, node, mode, offset, length, info in
            guard let call = CallContext(raw), let handle = info?.pointee.fh else { return }
            let (filesystem, caller) = (call.filesystem, call.caller)
            call.reply { () throws(Errno) in
                try filesystem.allocate(
                    handle, of: node, mode: mode, offset: Int64(offset), length: Int64(length), caller: caller)
            }
        }
        operations.lseek = { raw, node, offset, whence, info in
            guard let call = CallContext(raw), let handle = info?.pointee.fh else { return }
            do throws(Errno) {
                let found = try call.filesystem.seek(handle, of: node, offset: Int64(offset), whence: whence)
                fuse_reply_lseek(call.raw, off_t(found))
            } catch {
                fuse_reply_err(call.raw, error.code)
            }
        }
        operations.copy_file_range = { raw, node, offset, info, targetNode, targetOffset, targetInfo, length, _ in
            guard let call = CallContext(raw), let info, let targetInfo else { return }
            let (filesystem, caller) = (call.filesystem, call.caller)
            let copy = RangeCopy(
                source: info.pointee.fh, sourceNode: node, sourceOffset: Int64(offset), target: targetInfo.pointee.fh,
                targetNode: targetNode, targetOffset: Int64(targetOffset), length: length)
            call.replyCount { () throws(Errno) in try filesystem.copyRange(copy, caller: caller) }
        }
    }
}
