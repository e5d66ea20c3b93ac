import FuseBridge
import Glibc
import LinuxIO
import UploadCore

/// What the mount has agreed with the kernel.
struct Passthrough: Sendable {
    let kernel: KernelPassthrough
    let times: ChangeTimes
}

/// Writes that do not come through: with passthrough, the kernel writes into the spool file itself.
///
/// The queue is notified when a file is opened for writing (`contentMayChange`), before anything can be written, and when the last
/// program that could write is gone (`writersClosed`). In between the file is looked at whenever it counts: at every close, before
/// its times are set, and when its status is asked for. Size and time of modification show whether it has changed since the last
/// look: every write changes the time, and no one else does but `setTimes`, which looks before and after.
extension UploadFilesystem {
    /// Uses passthrough from now on. Called before the first request.
    public func use(_ kernel: KernelPassthrough?) throws(PassthroughProblem) {
        guard let kernel else { throw .notOffered }
        let times = try PassthroughProbe.run(kernel, in: spool.root)
        passthrough.withLockedValue { $0 = Passthrough(kernel: kernel, times: times) }
    }

    var agreedPassthrough: Passthrough? { passthrough.withLockedValue { $0 } }

    // MARK: Opening

    /// Chooses the mode of a file that is about to be open.
    func enter(_ file: FileHandle) throws(Errno) {
        let content = file.content
        let agreed = agreedPassthrough
        // Only where the writes come through can each of them take these bits away.
        let (mayPass, closes) = content.lock.shared { (!content.mayHaveSetID, content.closes) }
        file.closesBefore = closes
        file.mode = content.modes.enter(file, agreed?.kernel, mayPass: mayPass)
        guard agreed != nil, !file.isPassedThrough else { return }
        do throws(Errno) {
            try file.openForWriting()
        } catch {
            leave(file)
            throw error
        }
    }

    func leave(_ file: FileHandle) {
        file.content.modes.leave(file.mode, agreedPassthrough?.kernel)
    }

    /// Gets the queue ready for what may be written through a file that is about to be open. The file counts as open for
    /// writing already, so that an upload that begins now does not take its content for final.
    func expectUnseenWrites(through file: FileHandle) throws(Errno) {
        guard file.isForWriting, file.isPassedThrough else { return }
        let content = file.content
        try content.lock.exclusive { () throws(Errno) in
            if file.canMapForWriting { content.mayBeMapped = true }
            if content.mayHaveSetID, file.opener.user != 0 { try removeSetID(of: file, file.opener) }
            if !content.unseenWritesReported {
                try tree.shared { () throws(Errno) in
                    if !file.node.isRemoved { try reportInOrder { try queue.report(.contentMayChange(file.node.fileID)) } }
                }
                content.unseenWritesReported = true
            }
            if !content.isDirty, content.unseen == nil { content.unseen = try look(at: file) }
        }
    }

    // MARK: Looking

    /// What the file is like, such that every later change shows.
    private func look(at file: FileHandle) throws(Errno) -> Fingerprint {
        let status = try file.status()
        agreedPassthrough?.times.pass(status)
        return Fingerprint(status)
    }

    /// Reports a change that has not been reported. The caller holds the exclusive side of the content lock.
    /// - Parameter file: an open file of the node, if there is one at hand.
    func noticeUnseenWrites(to node: Node, through file: FileHandle?) throws(Errno) {
        guard let content = node.content, let unseen = content.unseen, !content.isDirty else { return }
        let status = if let file { try file.status() } else { try status(of: node) }
        guard Fingerprint(status) != unseen else { return }
        try beginChange(of: node, unseen: true)
        guard let file, content.mayHaveSetID, file.opener.user != 0 else { return }
        try removeSetID(of: file, file.opener)
    }

    /// For a question about the status of a file, so that the reply is about what it holds now.
    func noticeUnseenWrites(to node: Node) throws(Errno) {
        guard let content = node.content, content.lock.shared({ content.unseen != nil }) else { return }
        try content.lock.exclusive { () throws(Errno) in try noticeUnseenWrites(to: node, through: nil) }
    }

    /// Sets times without letting them hide a write. The caller holds the exclusive side of the content lock.
    ///
    /// The kernel lets no write(2) run meanwhile: a change of attributes and a write exclude each other. Stores through a map
    /// come at any time, so while there may be one, the file counts as changed.
    func settingTimes(of node: Node, _ content: FileContent, _ set: () throws(Errno) -> Void) throws(Errno) {
        guard content.unseen != nil else { return try set() }
        try noticeUnseenWrites(to: node, through: nil)
        if content.mayBeMapped, !content.isDirty, hasWriters(node) { try beginChange(of: node, unseen: true) }
        try set()
        let status = try status(of: node)
        agreedPassthrough?.times.pass(status)
        content.unseen = Fingerprint(status)
    }

    /// Whether someone can write to a file that is open unseen. The kernel reports a close late, and the spool file shows it at once.
    private func hasWriters(_ node: Node) -> Bool {
        guard let file = table.anyHandle(of: node) as? FileHandle else { return true }
        return (try? file.descriptor.hasWriters()) ?? true
    }

    // MARK: Content that is uploaded while others write

    /// The content as it stands, although others may be writing: a write(2) that is under way has ended, and one that begins
    /// later shows. So an upload can tell that what it has read is this content. The caller holds the exclusive side of the
    /// content lock, which is all that it takes where writes come through.
    /// - Throws: `EBUSY` while someone writes without a pause: there is no content then of which one could say that it was closed.
    func steadyContent(of file: FileHandle) throws(Errno) -> Fingerprint {
        guard file.isPassedThrough else { return Fingerprint(try file.status()) }
        var first = try look(at: file)
        for _ in 0..<Self.looksMax {
            // Writes back what maps have changed, so that the next store to a page shows like the first.
            try file.descriptor.synchronize(metadata: false)
            // Takes the inode's lock, which a write(2) holds to its end; the kernel finds nothing to remove.
            try? ExtendedAttributes(of: file.descriptor).remove(Self.noAttribute)
            let second = try look(at: file)
            if first == second { return second }
            first = second
        }
        throw Errno(EBUSY)
    }

    private static let looksMax = 3
    /// Names below `user.upload.` are provided by the mount and never stored.
    private static let noAttribute = BytePath("user.upload.none")
}
