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
            let closing = try closeContent(of: file, urgent: options.closeWaits)
            guard closing == .written, options.closeWaits else { return request.succeed() }
            let (queue, id) = (queue, file.node.fileID)
            request.answerLater {
                await Self.outcome {
                    do {
                        try await queue.waitUntilUploaded(closed: id)
                    } catch let error as UploadError where error.code == .held {
                        // A temporary name: the rename to the final one waits instead.
                    }
                }
            }
        } catch {
            request.fail(error)
        }
    }

    public func release(_ handle: UInt64, of node: NodeID) {
        if StatusPage.has(node) { return HandleNumber.release(handle, TextHandle.self) }
        guard let file = try? HandleNumber.object(handle, FileHandle.self) else { return }
        defer { HandleNumber.release(handle, FileHandle.self) }
        do throws(Errno) {
            if file.isForWriting, file.content.lock.shared({ file.content.isToldUnseen }) { return releaseUnseen(file) }
            leave(file)
            // Written through a memory map after the last close.
            if table.remove(file) == 0, file.isForWriting { _ = try closeContent(of: file, urgent: false) }
        } catch {
            logCloseFailure(of: file, error)
        }
    }

    func logCloseFailure(of file: FileHandle, _ error: Errno) {
        logger.error(
            "A changed file could not be handed to the queue", metadata: ["inode": "\(file.node.spoolInode)", "error": "\(error)"])
    }

    public func synchronize(_ handle: UInt64, of node: NodeID, dataOnly: Bool, request: consuming Request) {
        do throws(Errno) {
            guard !StatusPage.has(node) else { return request.succeed() }
            let file = try HandleNumber.object(handle, FileHandle.self)
            try file.descriptor.synchronize(metadata: !dataOnly)
            try synchronizeName(of: file)
            try synchronizeQueue()
            guard options.fsyncWaits, file.isForWriting else { return request.succeed() }
            _ = try closeContent(of: file, urgent: true)
            let (queue, id) = (queue, file.node.fileID)
            request.answerLater { await Self.outcome { try await queue.waitUntilUploaded(closed: id) } }
        } catch {
            request.fail(error)
        }
    }

    enum Closing {
        case unchanged
        /// New and empty: no byte was ever written. A shell that opens a file for a command closes a copy of the descriptor
        /// at this point, so nobody waits for this.
        case empty
        case written
    }

    /// Tells the queue that the content is to be uploaded as it is now, if it has changed since the queue was last told.
    func closeContent(of file: FileHandle, urgent: Bool) throws(Errno) -> Closing {
        // The exclusive side: no write that is seen is under way, so size and time belong to the content that was closed.
        try file.content.lock.exclusive { () throws(Errno) in try closeExclusively(file, urgent: urgent) }
    }

    /// The caller holds the exclusive side of the content lock.
    func closeExclusively(_ file: FileHandle, urgent: Bool) throws(Errno) -> Closing {
        let content = file.content
        try noticeUnseenWrites(to: file.node, through: file)
        guard content.isDirty else { return .unchanged }
        let fingerprint = urgent ? try steadyContent(of: file) : Fingerprint(try file.status())
        let closing: Closing = content.isUntouched && fingerprint.size == 0 ? .empty : .written
        let isTold = try tree.shared { () throws(Errno) in
            if file.node.isRemoved { return false }
            let path = file.node.path
            try tellQueue {
                try queue.contentClosed(
                    file.node.fileID, path: path, content: fingerprint, urgent: urgent && closing == .written)
            }
            return true
        }
        content.isDirty = false
        content.isUntouched = false
        content.unseen = content.isToldUnseen ? fingerprint : nil
        return isTold ? closing : .unchanged
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
                // Renamed or removed meanwhile, by somebody who has to see to the new name himself.
                guard error.code == ENOENT || error.code == ENOTDIR else { throw error }
            }
        }
        content.lock.exclusive { content.nameIsNew = false }
    }

    /// Else a fragment could come back from a power cut as a file that nobody knows, and be uploaded as if it were whole.
    private func synchronizeQueue() throws(Errno) {
        try tellQueue { try queue.synchronize() }
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
