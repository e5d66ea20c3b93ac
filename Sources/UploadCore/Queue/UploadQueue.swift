/// The seam between the file system and the upload engine: the file system tells what happens to files and asks how their
/// uploads stand; it never sees a network, and the engine never sees FUSE.
///
/// The synchronous methods are called from the threads that serve the kernel. They never wait for the network. Those that
/// tell (`contentWillChange` to `removed`) only append to a journal, which outlives the process: once one has returned, a
/// killed process does not forget it. They throw an `Errno`-like error of the local disk and nothing else.
public protocol UploadQueue: Sendable {
    /// The file is new, or its content is about to change for the first time since it was closed. When this returns, an
    /// upload that is under way can no longer commit the old content mixed with the new.
    /// - Parameter unseen: further changes may come without being told, until `writersClosed`.
    func contentWillChange(_ file: FileID, path: SpoolPath, unseen: Bool) throws

    /// The file is open for writing in such a way that changes are not told before they happen, until `writersClosed`. When
    /// this returns, no byte that is read from now on is taken for the old content; what was confirmed of it keeps.
    func contentMayChange(_ file: FileID) throws

    /// Nobody can change the file any more without its being told. What has changed has been told.
    func writersClosed(_ file: FileID) throws

    /// A process closed (or synced) the changed file: its content as of now is to be uploaded. With `urgent` somebody waits
    /// for it: the upload starts without the quiet time, even while the file is still open; `content` must then be such that every
    /// later change, told or not, gives the file another one.
    func contentClosed(_ file: FileID, path: SpoolPath, content: Fingerprint, urgent: Bool) throws

    /// The time of modification was set without touching the content.
    func timesChanged(_ file: FileID, modified: Int64) throws

    /// A file or directory moved. `replaced` is the file that the target name had before, if any.
    func renamed(from source: SpoolPath, to target: SpoolPath, isDirectory: Bool, replaced: FileID?) throws

    /// What had these two names has swapped them: two files, two directories, or one of each.
    /// - Parameter id: tells this exchange from every other one. It may be told twice in a row, and takes effect once.
    func exchanged(_ first: SpoolPath, _ second: SpoolPath, id: UInt64) throws

    /// The file's last name was removed by the user.
    func removed(_ file: FileID, path: SpoolPath) throws

    /// What was told before outlives a power cut, too, once this has returned.
    func synchronize() throws

    /// How the upload of a file stands; nil for a file that the queue has never heard of.
    func status(of file: FileID) throws -> UploadStatus?

    /// The sum of all files below a directory.
    func status(below directory: SpoolPath) throws -> TreeStatus

    /// Files with work left or trouble, at most `limit` of them, active ones first; for the mount's status page.
    func unfinished(below directory: SpoolPath, limit: Int) throws -> [(path: SpoolPath, status: UploadStatus)]

    /// Carries out `user.upload.control`.
    func control(_ command: ControlCommand, _ scope: UploadScope) throws

    /// Sets `user.upload.priority`, -10 to 10.
    func setPriority(_ priority: Int, _ scope: UploadScope) throws

    /// Returns once everything in `scope` is uploaded; throws the first error that does not go away by itself. A temporary
    /// name that is held back, and a paused or cancelled upload, end the wait with an error too. Ends early, with
    /// `CancellationError`, when the task is cancelled.
    func waitUntilUploaded(_ scope: UploadScope) async throws

    /// The content that was told as closed last, for who is about to wait for it. Asked while nobody else can tell anything about
    /// the file; nil for one that the queue does not know.
    func closedContent(of file: FileID) throws -> ClosedContent?

    /// Returns once this content, or a later one of the same file, is uploaded; ends as above. That the file is being changed
    /// again before is an error (`contentChanged`), and nothing to wait for: who changes it may go on for ever, or be the one who waits.
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

    /// Tells the queue what has become of the file and has not been told yet. Waits for a moment for who is telling something.
    func noticeChanges(of file: FileID) throws
}
