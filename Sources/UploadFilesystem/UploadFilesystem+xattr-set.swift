import FuseBridge
import Glibc
import LinuxIO
import UploadCore

/// Setting and removing extended attributes.
extension UploadFilesystem {
    public func setExtendedAttribute(
        _ name: [UInt8], of node: NodeID, to value: UnsafeRawBufferPointer, flags: Int32, caller: Caller
    ) throws(Errno) {
        let node = try self.node(node)
        switch AttributeName(name, daemonIsRoot: effectiveUser == 0) {
        case .status:
            // The mount's own values, which `cp -a` and `rsync -X` bring along when they copy between mounts or back. They
            // say nothing about this file; refusing them would make those programs fail.
            return
        case .stored:
            try onAttributes(of: node) { (attributes) throws(Errno) in
                try attributes.set(BytePath(name), to: value, flags: flags)
            }
        case .control:
            guard let command = ControlCommand(rawValue: String(decoding: value, as: UTF8.self)) else { throw Errno(EINVAL) }
            let scope = try ownScope(of: node, caller)
            try withQueueErrors { try queue.report(.control(command, scope)) }
        case .priority:
            guard let priority = Int(String(decoding: value, as: UTF8.self)), (-10...10).contains(priority) else {
                throw Errno(EINVAL)
            }
            let scope = try ownScope(of: node, caller)
            try withQueueErrors { try queue.report(.priority(priority, scope)) }
        case .wait, .unknown:
            throw Errno(EINVAL)
        case .unsupported:
            throw Errno(EOPNOTSUPP)
        }
    }

    public func removeExtendedAttribute(_ name: [UInt8], of node: NodeID, caller: Caller) throws(Errno) {
        let node = try self.node(node)
        switch AttributeName(name, daemonIsRoot: effectiveUser == 0) {
        case .status, .priority:
            // As with setting: `rsync -X` removes what the source does not have.
            return
        case .stored:
            try onAttributes(of: node) { (attributes) throws(Errno) in try attributes.remove(BytePath(name)) }
        case .control, .wait, .unknown:
            throw Errno(ENODATA)
        case .unsupported:
            throw Errno(EOPNOTSUPP)
        }
    }

    /// The scope of a command, which only the owner and root may give.
    private func ownScope(of node: Node, _ caller: Caller) throws(Errno) -> UploadScope {
        let owner = try status(of: node).user
        guard caller.user == 0 || caller.user == owner else { throw Errno(EPERM) }
        return try scope(of: node)
    }
}
