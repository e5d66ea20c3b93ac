import FuseBridge
import Glibc
import LinuxIO
import Spool
import UploadCore

/// Reading extended attributes.
extension UploadFilesystem {
    public func extendedAttribute(_ name: [UInt8], of node: NodeID, request: consuming ValueRequest) {
        do throws(Errno) {
            let kind = AttributeName(name, daemonIsRoot: effectiveUser == 0)
            if kind == .unsupported { throw Errno(EOPNOTSUPP) }
            if StatusPage.has(node) { throw Errno(ENODATA) }
            let node = try self.node(node)
            switch kind {
            case .status(let name):
                request.reply(try statusValue(name, of: node, size: request.size, caller: request.caller))
            case .priority:
                request.reply(try statusValue("priority", of: node, size: request.size, caller: request.caller))
            case .stored:
                request.reply(
                    try onAttributes(of: node) { (attributes) throws(Errno) in
                        try attributes.value(of: BytePath(name))
                    })
            case .wait:
                let scope = try scope(of: node)
                let queue = queue
                request.replyLater {
                    await Self.outcome {
                        try await queue.waitUntilUploaded(scope)
                        return Array(UploadState.uploaded.rawValue.utf8)
                    }
                }
            case .control, .unknown, .unsupported:
                throw Errno(ENODATA)
            }
        } catch {
            request.fail(error)
        }
    }

    /// Status names that have a value, and what is stored. `wait` and `control` are not listed: a program that reads all it
    /// finds would block.
    public func extendedAttributeNames(of node: NodeID, request: consuming ValueRequest) {
        do throws(Errno) {
            if StatusPage.has(node) { return request.reply([]) }
            let node = try self.node(node)
            let stored = try storedNames(of: node)
            let key = StatusSnapshots.Key(node: node.id, process: request.caller.process)
            var values: [String: [UInt8]] = [:]
            if let report = try report(of: node) {
                values = try Self.values(of: report)
                snapshots.keep(values, for: key)
            }
            let listed = values.filter { !$0.value.isEmpty }.keys.sorted().map { Array((AttributeName.prefix + $0).utf8) }
            request.reply(Array((stored + listed).map { $0 + [0] }.joined()))
        } catch {
            request.fail(error)
        }
    }

    private func storedNames(of node: Node) throws(Errno) -> [[UInt8]] {
        do throws(Errno) {
            let names = try onAttributes(of: node) { (attributes) throws(Errno) in try attributes.names() }
            return names.filter { AttributeName($0, daemonIsRoot: effectiveUser == 0) == .stored }
        } catch {
            // A spool on a file system without extended attributes.
            if error.code == EOPNOTSUPP { return [] }
            throw error
        }
    }

    /// The attributes in the spool, by name or through what is open.
    func onAttributes<Outcome>(
        of node: Node, _ body: (borrowing ExtendedAttributes) throws(Errno) -> Outcome
    ) throws(Errno) -> Outcome {
        if let file = try openFile(of: node, handle: nil) { return try body(ExtendedAttributes(of: file.descriptor)) }
        let outcome = try tree.shared { () throws(Errno) -> Outcome? in
            node.isRemoved ? nil : try body(ExtendedAttributes(of: node.bytePath(), in: spool.root))
        }
        if let outcome { return outcome }
        let directory = try removedDirectory(node)
        return try body(ExtendedAttributes(of: directory))
    }
}

/// How an upload stands.
extension UploadFilesystem {
    private func statusValue(_ name: String, of node: Node, size: Int, caller: Caller) throws(Errno) -> [UInt8] {
        let key = StatusSnapshots.Key(node: node.id, process: caller.process)
        if let kept = snapshots.value(name, for: key, isLast: size > 0) { return kept }
        guard let report = try report(of: node) else { throw Errno(ENODATA) }
        let values = try Self.values(of: report)
        if size == 0 { snapshots.keep(values, for: key) }
        guard let value = values[name] else { throw Errno(ENODATA) }
        return value
    }

    private static func values(of report: StatusReport) throws(Errno) -> [String: [UInt8]] {
        do {
            var values = ["json": Array(try report.json().utf8)]
            for (name, value) in report.fields { values[name] = Array(value.text.utf8) }
            return values
        } catch {
            throw Errno(EIO)
        }
    }

    /// nil for what is never uploaded, such as a symbolic link.
    private func report(of node: Node) throws(Errno) -> StatusReport? {
        let status = try self.status(of: node)
        if status.isDirectory {
            guard case .directory(let path) = try scope(of: node) else { return nil }
            return StatusReport(try withQueueErrors { try queue.status(below: path) })
        }
        guard let content = node.content else { return nil }
        return try fileStatus(node, content, status).map { StatusReport($0) }
    }

    /// What the queue knows, and that the file is open where only the mount knows that.
    private func fileStatus(_ node: Node, _ content: FileContent, _ status: FileStatus) throws(Errno) -> UploadStatus? {
        try noticeUnseenWrites(to: node)
        let known = try withQueueErrors { try queue.status(of: node.fileID) }
        let isDirty = content.lock.shared { content.isDirty }
        // What is sent, or waits for another name, does so whoever has the file open. The kernel also reports the last close some
        // time after it has returned.
        let isPlain = ![.uploading, .uploaded, .held].contains(known?.state ?? .open)
        guard isDirty || (table.writers(of: node) > 0 && isPlain) else { return known }
        var shown = known ?? UploadStatus(state: .open, bytesTotal: status.size, destination: "")
        shown.state = .open
        shown.bytesTotal = status.size
        shown.bytesConfirmed = min(shown.bytesConfirmed, status.size)
        return shown
    }

    /// What commands on the node are about. Only files and directories have uploads.
    func scope(of node: Node) throws(Errno) -> UploadScope {
        if node.content != nil { return .file(node.fileID) }
        guard try status(of: node).isDirectory else { throw Errno(ENODATA) }
        return .directory(tree.shared { node.path })
    }
}
