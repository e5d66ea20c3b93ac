import UploadCore

/// What the file system told the queue, as the journal keeps it.
public struct FileEvent: Sendable, Equatable {
    /// When it happened, in milliseconds since 1970.
    public let time: Int64
    public let change: Change

    public init(time: Int64, change: Change) {
        self.time = time
        self.change = change
    }

    public enum Change: Sendable, Equatable {
        /// The file is new, or its content is about to change.
        case contentWillChange(FileID, path: SpoolPath, unseen: Bool = false)
        /// The file can be changed from now on without an event, until it is still.
        case contentMayChange(FileID)
        case writersClosed(FileID)
        case contentClosed(FileID, path: SpoolPath, content: Fingerprint, urgent: Bool)
        /// The time of modification (nanoseconds since 1970) was set.
        case timesChanged(FileID, modified: Int64)
        case renamed(from: SpoolPath, to: SpoolPath, isDirectory: Bool, replaced: FileID?)
        /// Two names were swapped; `id` tells this time from every other one.
        case exchanged(SpoolPath, SpoolPath, id: UInt64)
        case removed(FileID, path: SpoolPath)

        /// Nothing is lost if a killed process forgets the event: the next one looks at the file, and finds that it is still.
        var canWait: Bool {
            if case .writersClosed = self { true } else { false }
        }

        /// The file that the event names; what changes names of others names paths.
        var file: FileID? {
            switch self {
            case .contentWillChange(let file, _, _), .contentMayChange(let file), .writersClosed(let file), .contentClosed(let file, _, _, _),
                .timesChanged(let file, _), .removed(let file, _):
                file
            case .renamed, .exchanged: nil
            }
        }
    }
}
