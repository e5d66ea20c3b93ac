/// What the file system reports, and what owners ask of uploads, as journal and intent file keep it.
public struct FileEvent: Sendable, Equatable {
    /// When it happened, in milliseconds since 1970.
    public let time: Int64
    public let change: Change

    public init(time: Int64, change: Change) {
        self.time = time
        self.change = change
    }

    public enum Change: Sendable, Equatable {
        /// The file is new, or its content is about to change for the first time since it was closed. `unseen`: further changes
        /// may come without being reported, until `writersClosed`.
        case contentWillChange(FileID, path: SpoolPath, unseen: Bool)
        /// The file is open for writing in such a way that changes are not reported before they happen, until `writersClosed`.
        case contentMayChange(FileID)
        /// No one can change the file any more without its being reported. What has changed has been reported.
        case writersClosed(FileID)
        /// A process closed (or synced) the changed file: its content as of now is to be uploaded. With `urgent` someone waits
        /// for it: the upload starts without the quiet time, even while the file is still open; `content` must then be such
        /// that every later change, reported or not, gives the file another one.
        case contentClosed(FileID, path: SpoolPath, content: Fingerprint, urgent: Bool)
        /// The time of modification (nanoseconds since 1970) was set without touching the content.
        case timesChanged(FileID, modified: Int64)
        /// A file or directory moved. `replaced` is the file that the target name had before, if any.
        case renamed(FileID, from: SpoolPath, to: SpoolPath, isDirectory: Bool, replaced: FileID?)
        /// What had these two names, the first of them `file`, has swapped them: two files, two directories, or one of each. `id`
        /// distinguishes this exchange from every other one: it may be reported twice in a row, and takes effect once.
        case exchanged(FileID, SpoolPath, SpoolPath, id: UInt64)
        /// The file's last name was removed by the user.
        case removed(FileID, path: SpoolPath)
        /// `user.upload.control` was set.
        case control(ControlCommand, UploadScope)
        /// `user.upload.priority` was set, -10 to 10.
        case priority(Int, UploadScope)
    }
}

extension FileEvent.Change {
    /// Nothing is lost if a killed process forgets the event: the next one looks at the file, and finds no writer.
    public var canWait: Bool {
        if case .writersClosed = self { true } else { false }
    }

    /// The file that the event is about; what changes the names of others names paths.
    public var file: FileID? {
        switch self {
        case .contentWillChange(let file, _, _), .contentMayChange(let file), .writersClosed(let file), .contentClosed(let file, _, _, _),
            .timesChanged(let file, _), .removed(let file, _):
            file
        case .control(_, .file(let file)), .priority(_, .file(let file)): file
        case .renamed, .exchanged, .control, .priority: nil
        }
    }
}
