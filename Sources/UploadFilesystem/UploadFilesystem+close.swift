import FuseBridge
import Glibc
import LinuxIO
import Logging
import Spool
import UploadCore

/// Closing and synchronizing: the moments at which the content of a file counts.
extension UploadFilesystem {
    public func flush(_ handle: UInt64, of node: NodeID, request: consuming Request) {
        do throws(Errno) {
            guard !StatusPage.has(node) else { return request.succeed() }
            let file = try HandleNumber.object(handle, FileHandle.self)
            guard file.isForWriting else { return request.succeed() }
            guard options.closeWaits else {
                try closeContent(of: file)
                return request.succeed()
            }
            let content = try contentToAwait(of: file, for: .close)
            reply(to: request, whenUploaded: content.map { [$0] } ?? [])
        } catch {
            request.fail(error)
        }
    }

    public func release(_ handle: UInt64, of node: NodeID) {
        if StatusPage.has(node) { return HandleNumber.release(handle, TextHandle.self) }
        guard let file = try? HandleNumber.object(handle, FileHandle.self) else { return }
        defer { HandleNumber.release(handle, FileHandle.self) }
        end(file)
    }

    /// Ends the use of an open file, whose number the kernel does not use any more.
    func end(_ file: FileHandle) {
        if file.isForWriting, file.content.lock.shared({ file.content.unseenWritesReported }) { return releaseUnseen(file) }
        leave(file)
        guard file.isForWriting else {
            table.remove(file)
            return
        }
        retryUntilEnded(file) { [weak self] () throws(Errno) in try self?.endSeenWrites(through: file) ?? true }
    }

    /// Reports the content of a file that no program has open for writing, if it has changed.
    func closeUnlessOpen(_ file: FileHandle) {
        guard table.writers(of: file.node) == 0 else { return }
        table.add(file)
        retryUntilEnded(file) { [weak self] () throws(Errno) in try self?.endSeenWrites(through: file) ?? true }
    }

    /// The last one who has the file open for writing reports what no close has: what was written through a memory map after the last
    /// close, or a close of which the queue could not be notified. Then the file is no longer among those that are open.
    /// - Returns: true: it is over.
    private func endSeenWrites(through file: FileHandle) throws(Errno) -> Bool {
        try file.content.lock.exclusive { () throws(Errno) in
            if table.writers(of: file.node) == 1 { _ = try closeExclusively(file) }
            table.remove(file)
            return true
        }
    }

    public func synchronize(_ handle: UInt64, of node: NodeID, dataOnly: Bool, request: consuming Request) {
        do throws(Errno) {
            guard !StatusPage.has(node) else { return request.succeed() }
            let file = try HandleNumber.object(handle, FileHandle.self)
            try file.descriptor.synchronize(metadata: !dataOnly)
            try synchronizeName(of: file)
            try synchronizeQueue()
            guard options.fsyncWaits, file.isForWriting else { return request.succeed() }
            let content = try contentToAwait(of: file, for: .fsync)
            reply(to: request, whenUploaded: content.map { [$0] } ?? [])
        } catch {
            request.fail(error)
        }
    }

    /// Replies to a request once these contents are uploaded; at once where there are none.
    func reply(to request: consuming Request, whenUploaded contents: [ClosedContent]) {
        if contents.isEmpty { return request.succeed() }
        let queue = queue
        request.replyLater {
            await Self.outcome {
                for content in contents {
                    do {
                        try await queue.waitUntilUploaded(content)
                    } catch let error as UploadError where error.code == .held {
                        // A temporary name: the rename to the final one waits instead.
                    }
                }
            }
        }
    }

    // MARK: Reports to the queue

    /// Reports to the queue that the content is to be uploaded as it is now, if it has changed since the last report.
    func closeContent(of file: FileHandle) throws(Errno) {
        // The exclusive side: no write that is seen is under way, so size and time belong to the content that was closed.
        _ = try file.content.lock.exclusive { () throws(Errno) in try closeExclusively(file) }
    }

    /// The same. The caller holds the exclusive side of the content lock.
    /// - Returns: whether there was something to report.
    func closeExclusively(_ file: FileHandle) throws(Errno) -> Bool {
        try noticeUnseenWrites(to: file.node, through: file)
        guard file.content.isDirty else { return false }
        return try reportClosed(file.node, file.content, Fingerprint(try file.status()), urgent: false)
    }

    /// What waits for an upload.
    enum Waiting {
        case close
        case fsync
    }

    /// Reports to the queue that the content is to be uploaded at once, although the file is open.
    /// - Returns: what to wait for; nil where there is nothing.
    private func contentToAwait(of file: FileHandle, for waiting: Waiting) throws(Errno) -> ClosedContent? {
        let (node, content) = (file.node, file.content)
        return try content.lock.exclusive { () throws(Errno) in
            try noticeUnseenWrites(to: node, through: file)
            switch waiting {
            case _ where content.isDirty:
                let closed = try steadyContent(of: file)
                // New and empty: no byte was ever written. A shell that opens a file for a command closes a copy of the descriptor
                // at this point, so no one waits for this.
                let isAwaited = waiting == .fsync || !content.isUntouched || closed.size > 0
                guard try reportClosed(node, content, closed, urgent: isAwaited), isAwaited else { return nil }
            case .close:
                // Nothing was written through this descriptor, unless others that share it have closed that.
                guard content.isAwaited, content.closes != file.closesBefore else { return nil }
            case .fsync:
                // An upload for which no one waits would not begin before this file is closed.
                if content.isAwaited { break }
                guard try isUnderWay(node) else { break }
                guard try reportClosed(node, content, try steadyContent(of: file), urgent: true) else { return nil }
            }
            return try withQueueErrors { try queue.closedContent(of: node.fileID) }
        }
    }

    private func isUnderWay(_ node: Node) throws(Errno) -> Bool {
        guard let status = try withQueueErrors({ try queue.status(of: node.fileID) }) else { return false }
        return [.settling, .queued, .uploading, .waiting].contains(status.state)
    }

    /// Reports the content, unless the file has no name any more. The caller holds the exclusive side of the content lock.
    /// - Returns: whether it was reported.
    func reportClosed(_ node: Node, _ content: FileContent, _ fingerprint: Fingerprint, urgent: Bool) throws(Errno) -> Bool {
        let isReported = try tree.shared { () throws(Errno) in
            if node.isRemoved { return false }
            let path = node.path
            try reportInOrder { try queue.report(.contentClosed(node.fileID, path: path, content: fingerprint, urgent: urgent)) }
            return true
        }
        content.isDirty = false
        content.isUntouched = false
        content.unseen = content.unseenWritesReported ? fingerprint : nil
        content.isAwaited = urgent && isReported
        content.closes += 1
        return isReported
    }

    /// A file's own fsync(2) need not make the name durable under which it was created, nor those of the directories that were
    /// made for it. A directory that is on the disk already costs next to nothing.
    private func synchronizeName(of file: FileHandle) throws(Errno) {
        let content = file.content
        guard content.lock.shared({ content.nameIsNew }) else { return }
        for path in pathsAbove(file.node) {
            do throws(Errno) {
                let directory = try DirectoryStream(BytePath(path), in: spool.root)
                try directory.synchronize()
            } catch {
                // Renamed or removed meanwhile, by someone who has to see to the new name.
                guard error.code == ENOENT || error.code == ENOTDIR else { throw error }
            }
        }
        content.lock.exclusive { content.nameIsNew = false }
    }

    /// Else a fragment could come back from a power cut as a file that no one knows, and be uploaded as if it were whole.
    func synchronizeQueue() throws(Errno) {
        try withQueueErrors { try queue.synchronize() }
    }

    /// The directories that a file is in, the innermost first.
    private func pathsAbove(_ node: Node) -> [[UInt8]] {
        tree.shared {
            if node.isRemoved { return [] }
            var paths: [[UInt8]] = []
            var next = node.parent
            while let directory = next {
                paths.append(directory.path.bytes)
                next = directory.parent
            }
            return paths
        }
    }

    static func outcome<Success>(_ body: () async throws -> Success) async -> Result<Success, Errno> {
        do { return .success(try await body()) } catch { return .failure(Errno(of: error)) }
    }
}
