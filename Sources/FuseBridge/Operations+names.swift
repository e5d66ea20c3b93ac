import CFuse
import Glibc
import LinuxIO

extension Operations {
    static func addNames(to operations: inout fuse_lowlevel_ops) {
        operations.lookup = { raw, parent, name in
            guard let call = CallContext(raw) else { return }
            let filesystem = call.filesystem
            call.replyEntry { () throws(Errno) in try filesystem.lookup(bytes(of: name), in: parent) }
        }
        operations.forget = { raw, node, lookups in
            guard let call = CallContext(raw) else { return }
            call.filesystem.forget(node, lookups: lookups)
            fuse_reply_none(call.raw)
        }
        operations.forget_multi = { raw, count, forgets in
            guard let call = CallContext(raw) else { return }
            let filesystem = call.filesystem
            for forget in UnsafeBufferPointer(start: forgets, count: count) {
                filesystem.forget(forget.ino, lookups: forget.nlookup)
            }
            fuse_reply_none(call.raw)
        }
        addNewNames(to: &operations)
        operations.readlink = { raw, node in
            guard let call = CallContext(raw) else { return }
            do throws(Errno) {
                fuse_reply_readlink(call.raw, BytePath(try call.filesystem.symbolicLinkTarget(of: node)).characters)
            } catch {
                fuse_reply_err(call.raw, error.code)
            }
        }
        operations.unlink = { raw, parent, name in
            guard let call = CallContext(raw) else { return }
            let filesystem = call.filesystem
            call.reply { () throws(Errno) in try filesystem.removeFile(bytes(of: name), in: parent) }
        }
        operations.rmdir = { raw, parent, name in
            guard let call = CallContext(raw) else { return }
            let filesystem = call.filesystem
            call.reply { () throws(Errno) in try filesystem.removeDirectory(bytes(of: name), in: parent) }
        }
        operations.rename = { raw, parent, name, newParent, newName, flags in
            guard let call = CallContext(raw) else { return }
            let change = RenameChange(
                name: bytes(of: name), parent: parent, newName: bytes(of: newName), newParent: newParent, flags: flags)
            call.filesystem.rename(change, request: Request(call.raw))
        }
    }

    private static func addNewNames(to operations: inout fuse_lowlevel_ops) {
        operations.mkdir = { raw, parent, name, mode in
            guard let call = CallContext(raw) else { return }
            let (filesystem, caller) = (call.filesystem, call.caller)
            call.replyEntry { () throws(Errno) in
                try filesystem.makeDirectory(bytes(of: name), in: parent, mode: mode, caller: caller)
            }
        }
        operations.mknod = { raw, parent, name, mode, _ in
            guard let call = CallContext(raw) else { return }
            let (filesystem, caller) = (call.filesystem, call.caller)
            call.replyEntry { () throws(Errno) in
                try filesystem.makeNode(bytes(of: name), in: parent, mode: mode, caller: caller)
            }
        }
        operations.symlink = { raw, target, parent, name in
            guard let call = CallContext(raw) else { return }
            let (filesystem, caller) = (call.filesystem, call.caller)
            call.replyEntry { () throws(Errno) in
                try filesystem.makeSymbolicLink(bytes(of: name), in: parent, to: bytes(of: target), caller: caller)
            }
        }
        // A spool file has one name, from which its object's key follows.
        operations.link = { raw, _, _, _ in
            fuse_reply_err(raw, EPERM)
        }
    }
}
