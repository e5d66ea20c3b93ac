import CFuse
import LinuxIO

extension Operations {
    static func addExtendedAttributes(to operations: inout fuse_lowlevel_ops) {
        operations.getxattr = { raw, node, name, size in
            guard let call = CallContext(raw) else { return }
            let request = ValueRequest(Request(call.raw), size: size, caller: call.caller)
            call.filesystem.extendedAttribute(bytes(of: name), of: node, request: request)
        }
        operations.listxattr = { raw, node, size in
            guard let call = CallContext(raw) else { return }
            let request = ValueRequest(Request(call.raw), size: size, caller: call.caller)
            call.filesystem.extendedAttributeNames(of: node, request: request)
        }
        operations.setxattr = { raw, node, name, start, size, flags in
            guard let call = CallContext(raw) else { return }
            let (filesystem, caller) = (call.filesystem, call.caller)
            let value = UnsafeRawBufferPointer(start: start, count: size)
            call.reply { () throws(Errno) in
                try filesystem.setExtendedAttribute(bytes(of: name), of: node, to: value, flags: flags, caller: caller)
            }
        }
        operations.removexattr = { raw, node, name in
            guard let call = CallContext(raw) else { return }
            let (filesystem, caller) = (call.filesystem, call.caller)
            call.reply { () throws(Errno) in
                try filesystem.removeExtendedAttribute(bytes(of: name), of: node, caller: caller)
            }
        }
    }
}
