import Checkpoints
import Logging
import NIOConcurrencyHelpers
import UploadCore

/// Takes what the journal holds into the database, in order and each event once.
final class Intake: Sendable {
    /// Events in one transaction: enough to make a transaction cheap, few enough to keep it short.
    private static let batchMax = 512

    private let journal: Journal
    private let store: CheckpointStore
    /// Called after something was taken in, by whoever asked for it.
    private let onChange: @Sendable () -> Void
    /// The lock is held while a batch is applied, so that batches stay in order whoever asks for them.
    private let applied: NIOLockedValueBox<JournalPosition>

    init(journal: Journal, store: CheckpointStore, onChange: @escaping @Sendable () -> Void) throws {
        self.journal = journal
        self.store = store
        self.onChange = onChange
        applied = NIOLockedValueBox(try store.journalPosition() ?? .start)
    }

    /// Returns once every event that had been written when it was called is in the database.
    func catchUp() throws {
        try catchUp(andThen: {})
    }

    /// The same, and runs `body` before anything that is told later gets into the database.
    func catchUp(andThen body: () throws -> Void) throws {
        let isChanged = try applied.withLockedValue { position in
            var isChanged = false
            while position != journal.end {
                let (events, next) = try journal.read(from: position, limit: Self.batchMax)
                if events.isEmpty, next == position { break }
                try store.apply(events, upTo: next)
                position = next
                isChanged = true
            }
            journal.tookIn(upTo: position)
            try journal.rotate(applied: position) { following in
                try store.store(position: following)
                position = following
            }
            try body()
            return isChanged
        }
        if isChanged { onChange() }
    }

    /// Catches up if something about `file` is still to be taken in. An upload asks so, and must not make each moment of a
    /// copy a transaction of its own.
    func catchUp(on file: FileID) throws {
        if journal.isWaiting(file) { try catchUp() }
    }
}
