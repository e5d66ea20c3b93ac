/// The seam between the file system and the upload engine: the file system reports what happens to files and asks for the
/// status of their uploads; it never sees a network, and the engine never sees FUSE.
///
/// The synchronous methods are called from the threads that serve the kernel. They never wait for the network.
public protocol UploadQueue: Sendable {
    /// Reports what happened to files. Only appends to a journal, which outlives the process: once this has returned, a killed
    /// process does not forget it. When a change of content has been reported, an upload that is under way can no longer commit
    /// the old content mixed with the new.
    /// - Throws: an `Errno`-like error of the local disk and nothing else.
    func report(_ change: FileEvent.Change) throws

    /// What was reported before outlives a power cut, too, once this has returned.
    func synchronize() throws

    /// The status of a file's upload; nil for a file that was never reported to the queue.
    func status(of file: FileID) throws -> UploadStatus?

    /// The sum of all files below a directory.
    func status(below directory: SpoolPath) throws -> TreeStatus

    /// Files with work left or trouble, at most `limit` of them, active ones first; for the mount's status page.
    func unfinished(below directory: SpoolPath, limit: Int) throws -> [(path: SpoolPath, status: UploadStatus)]

    /// Returns once everything in `scope` is uploaded; throws the error of one that will not be without help. A temporary
    /// name, and a paused or cancelled upload, end the wait with an error too, but not before the others are done. Ends early, with
    /// `CancellationError`, when the task is cancelled.
    func waitUntilUploaded(_ scope: UploadScope) async throws

    /// The content that was reported as closed last, for a caller about to wait for it. Called while no one else can report anything about
    /// the file; nil for one that the queue does not know.
    func closedContent(of file: FileID) throws -> ClosedContent?

    /// Returns once this content, or a later one of the same file, is uploaded; ends as above. That the file is being changed
    /// again before is an error (`contentChanged`), and nothing to wait for: its writer may never stop, or may be the caller that waits.
    func waitUntilUploaded(_ content: ClosedContent) async throws
}

/// One content of a file, as it stood at a close.
public struct ClosedContent: Sendable, Hashable {
    public let file: FileID
    /// The later content of a file has the higher number.
    public let generation: Int64

    public init(file: FileID, generation: Int64) {
        self.file = file
        self.generation = generation
    }
}

/// What a command or a question is about.
public enum UploadScope: Sendable, Hashable {
    case file(FileID)
    /// Every file below a directory.
    case directory(SpoolPath)
}

/// The values of `user.upload.control`.
public enum ControlCommand: String, Sendable, CaseIterable {
    case pause
    case resume
    case retry
    case cancel
}

/// What the queue asks the file system in return.
public protocol OpenFiles: Sendable {
    /// Whether a process has the file open for writing, or has a memory map that can change it.
    func isOpenForWriting(_ file: FileID) -> Bool

    /// Reports what has become of the file and has not been reported yet. Waits for a moment for a report that is under way.
    func noticeChanges(of file: FileID) throws
}
