import FuseBridge
import Glibc
import LinuxIO
import UploadCore

/// Reading and writing. A write to a file that is dirty already touches the spool file and nothing else.
extension UploadFilesystem {
    public func read(
        _ handle: UInt64, of node: NodeID, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int {
        if StatusPage.has(node) { return try HandleNumber.object(handle, TextHandle.self).read(at: offset, into: buffer) }
        return try HandleNumber.object(handle, FileHandle.self).descriptor.read(at: offset, into: buffer)
    }

    public func write(
        _ bytes: UnsafeRawBufferPointer, to handle: UInt64, of node: NodeID, at offset: Int64, caller: Caller
    ) throws(Errno) -> Int {
        let file = try HandleNumber.object(handle, FileHandle.self)
        return try changeContent(of: file, caller: caller) { () throws(Errno) in
            try file.descriptor.write(bytes, at: offset)
        }
    }

    public func allocate(
        _ handle: UInt64, of node: NodeID, mode: Int32, offset: Int64, length: Int64, caller: Caller
    ) throws(Errno) {
        let file = try HandleNumber.object(handle, FileHandle.self)
        try changeContent(of: file, caller: caller) { () throws(Errno) in
            try file.writing { (file) throws(Errno) in try file.allocate(mode: mode, offset: offset, length: length) }
        }
    }

    public func copyRange(_ copy: RangeCopy, caller: Caller) throws(Errno) -> Int {
        if StatusPage.has(copy.sourceNode) || StatusPage.has(copy.targetNode) { throw Errno(EXDEV) }
        let source = try HandleNumber.object(copy.source, FileHandle.self)
        let target = try HandleNumber.object(copy.target, FileHandle.self)
        return try changeContent(of: target, caller: caller) { () throws(Errno) in
            try target.writing { (target) throws(Errno) in
                try source.descriptor.copyRange(at: copy.sourceOffset, to: target, at: copy.targetOffset, length: copy.length)
            }
        }
    }

    public func seek(_ handle: UInt64, of node: NodeID, offset: Int64, whence: Int32) throws(Errno) -> Int64 {
        if StatusPage.has(node) { throw Errno(EINVAL) }
        return try HandleNumber.object(handle, FileHandle.self).descriptor.seek(offset, whence)
    }

    /// Runs `body`, which changes bytes of the file, after the queue was notified.
    ///
    /// The queue is notified on the exclusive side, before the first byte changes: `isDirty` cannot be taken back meanwhile,
    /// and a close that comes next waits for this write.
    func changeContent<Outcome>(
        of file: FileHandle, caller: Caller, _ body: () throws(Errno) -> Outcome
    ) throws(Errno) -> Outcome {
        let content = file.content
        let done = try content.lock.shared { () throws(Errno) -> Outcome? in
            guard content.isDirty, !content.isUntouched, !content.mayHaveSetID || caller.user == 0 else { return nil }
            return try body()
        }
        if let done { return done }
        return try content.lock.exclusive { () throws(Errno) in
            if !content.isDirty { try beginChange(of: file.node, unseen: file.isPassedThrough) }
            if content.mayHaveSetID, caller.user != 0 { try removeSetID(of: file, caller) }
            content.isUntouched = false
            return try body()
        }
    }

    /// The caller holds the exclusive side of the content lock.
    /// - Parameter unseen: whether further changes may come without notifying the queue.
    func beginChange(of node: Node, unseen: Bool) throws(Errno) {
        guard let content = node.content else { return }
        try tree.shared { () throws(Errno) in
            // Without a name it is not the queue's any more.
            if node.isRemoved { return }
            let path = node.path
            try reportInOrder { try queue.report(.contentWillChange(node.fileID, path: path, unseen: unseen)) }
        }
        content.isDirty = true
        if unseen { content.unseenWritesReported = true }
    }

    /// The kernel leaves it to the file system, as agreed at the start (FUSE_HANDLE_KILLPRIV_V2), and does not ask for
    /// `security.capability` at every write.
    func removeSetID(of file: FileHandle, _ caller: Caller) throws(Errno) {
        let status = try file.status()
        let left = status.mode.withoutSetID(forGroup: status.group == caller.group)
        if left != status.mode { try file.descriptor.setMode(left & 0o7777) }
        file.content.mayHaveSetID = mayLoseSetID(left)
    }
}

extension TextHandle {
    func read(at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard offset >= 0, offset < Int64(bytes.count) else { return 0 }
        let rest = bytes[Int(offset)...].prefix(buffer.count)
        buffer.copyBytes(from: rest)
        return rest.count
    }
}
