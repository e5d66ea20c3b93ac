import Checkpoints
import Logging
import NIOConcurrencyHelpers
import UploadCore

/// Takes what the journal holds into the database, in order and each event once.
final class Intake: Sendable {
    /// Events in one transaction: enough to make a transaction cheap, few enough to keep it short.
    private static let batchMax = 512

    private struct Progress {
        var position: JournalPosition
        /// The command or rename, of a tree of files, of which a part has been taken in.
        var unfinished: FileEvent?
    }

    private let journal: Journal
    private let store: CheckpointStore
    private let logger: Logger
    /// Called after something was taken in, on the thread that asked for it.
    private let onChange: @Sendable () -> Void
    /// Called when events have been lost, so that the spool is to be scanned.
    private let onLoss: @Sendable () -> Void
    /// The lock is held while a batch is applied, so that batches stay in order whoever asks for them.
    private let progress: NIOLockedValueBox<Progress>

    init(
        journal: Journal, store: CheckpointStore, logger: Logger, onChange: @escaping @Sendable () -> Void, onLoss: @escaping @Sendable () -> Void
    ) throws {
        self.journal = journal
        self.store = store
        self.logger = logger
        self.onChange = onChange
        self.onLoss = onLoss
        let stored = try store.journalPosition()
        let (position, isLost) = try journal.resume(from: stored)
        if isLost {
            logger.error("The journal does not hold what belongs behind the last checkpoint; the spool is compared with the checkpoints")
            try store.store(position: position, eventsAreLost: true)
        }
        progress = NIOLockedValueBox(Progress(position: position))
    }

    /// Returns once every event that had been written when it was called is in the database.
    func catchUp() throws {
        while try !step() {}
    }

    /// The same, but does not wait for what takes many transactions.
    /// - Returns: the command or rename of a tree of files that is being carried out, if any.
    func catchUpBriefly() throws -> FileEvent? {
        while try !step() {
            if let unfinished = progress.withLockedValue({ $0.unfinished }) { return unfinished }
        }
        return nil
    }

    /// Catches up, and runs `body` before anything that is reported later gets into the database.
    func catchUp(andThen body: () throws -> Void) throws {
        let isChanged = try progress.withLockedValue { progress in
            let before = progress.position
            while try !step(&progress) {}
            try body()
            return progress.position != before
        }
        if isChanged { onChange() }
    }

    /// Catches up if something that may concern `file` is still to be taken in. An upload asks so, and must not make each moment of
    /// a copy a transaction of its own.
    func catchUp(on file: FileID) throws {
        if journal.isWaiting(file) { try catchUp() }
    }

    /// One transaction.
    /// - Returns: whether everything has been taken in.
    func step() throws -> Bool {
        let (isDone, isChanged) = try progress.withLockedValue { progress in
            let isChanged = progress.position != journal.end
            return (try step(&progress), isChanged)
        }
        if isChanged { onChange() }
        return isDone
    }

    private func step(_ progress: inout Progress) throws -> Bool {
        if progress.position != journal.end {
            let entries = try journal.read(from: progress.position, limit: Self.batchMax)
            if !entries.isEmpty {
                let (position, isUnfinished) = try store.apply(entries, from: progress.position, now: EngineClock.now())
                progress.position = position
                // It is the first one behind the place that was stored.
                let done = entries.firstIndex { $0.end == position }.map { $0 + 1 } ?? 0
                progress.unfinished = isUnfinished && done < entries.count ? entries[done].event : nil
            } else {
                try skipDamage(&progress)
            }
        }
        journal.tookIn(upTo: progress.position)
        try journal.rotate(applied: progress.position) { following in
            try store.store(position: following)
            progress.position = following
        }
        return progress.position == journal.end
    }

    /// What cannot be read is given up; the files that it was about are found by looking at the spool.
    private func skipDamage(_ progress: inout Progress) throws {
        logger.error("The journal is damaged; the spool is compared with the checkpoints")
        let end = journal.end
        try store.store(position: end, eventsAreLost: true)
        progress.position = end
        progress.unfinished = nil
        onLoss()
    }
}
