import Checkpoints
import Logging
import NIOConcurrencyHelpers
import Spool
import UploadCore

/// Uploads what is closed in the spool: takes in what the file system reports, decides what to send when, and sends it.
///
/// The life of an engine: `init` opens the journal and the database (no network, no threads); the file system may use it as
/// its queue at once; `start` begins to upload; `shutdown` ends it in a way that the next start can resume from.
public final class UploadEngine: Sendable {
    public struct Configuration: Sendable {
        /// Length of a part, in bytes; a multiple of the destination's granularity.
        public var partLength: Int64
        /// Files uploaded at the same time.
        public var parallelFiles: Int
        /// Parts of one file on their way at the same time, where the protocol allows it.
        public var parallelParts: Int
        /// Whether a large file's SHA-256 is compared before its upload resumes, and not only its size and time.
        public var verifiesSources: Bool
        /// Quiet time after the last close before an upload begins.
        public var settle: Duration
        /// Shell patterns of names that are not uploaded until they are renamed.
        public var hold: [String]
        /// Whether removing or renaming a file does the same to its object.
        public var propagateRemovals: Bool

        public init(
            partLength: Int64, parallelFiles: Int, parallelParts: Int = 4, verifiesSources: Bool = false, settle: Duration, hold: [String],
            propagateRemovals: Bool
        ) {
            self.partLength = partLength
            self.parallelFiles = parallelFiles
            self.parallelParts = parallelParts
            self.verifiesSources = verifiesSources
            self.settle = settle
            self.hold = hold
            self.propagateRemovals = propagateRemovals
        }
    }

    let configuration: Configuration
    let backend: any UploadBackend
    let spool: SpoolTree
    let store: CheckpointStore
    let journal: Journal
    let intake: Intake
    let active = ActiveUploads()
    /// Signalled when the journal has grown.
    let journalGrew = Wakeup()
    /// Signalled when an upload may have become due.
    let due: Wakeup
    /// Signalled when rows or events have been lost, so that the spool is to be scanned.
    private let losses = Wakeup()
    /// Signalled when a row may have changed.
    let changes: Wakeup
    let logger: Logger
    /// Whether the rows cover all files of the spool.
    let isScanned: NIOLockedValueBox<Bool>
    private let scan: SpoolScan
    let lastEventTime = NIOLockedValueBox<Int64>(0)
    private let running = NIOLockedValueBox<[Task<Void, Never>]>([])

    /// Opens what `state` keeps and brings it up to date with the last stop.
    public init(
        configuration: Configuration, backend: any UploadBackend, state: StateDirectory, logger: Logger
    ) throws {
        self.configuration = configuration
        self.backend = backend
        self.logger = logger
        spool = state.spool
        store = try CheckpointStore(
            path: "\(state.path)/checkpoints.sqlite",
            policy: UploadPolicy(
                settle: configuration.settle, hold: HoldRules(configuration.hold),
                propagatesRemovals: configuration.propagateRemovals && backend.capabilities.followsNames),
            smallMax: backend.capabilities.singleRequestMax, logger: logger)
        journal = try Journal(directory: "\(state.path)/journal")
        let (due, changes) = (Wakeup(), Wakeup())
        (self.due, self.changes) = (due, changes)
        let losses = losses
        intake = try Intake(journal: journal, store: store, logger: logger) {
            due.signal()
            changes.signal()
        } onLoss: {
            losses.signal()
        }
        store.whenLost { [active] loss in
            // What is being sent has no row any more that could take its outcome; the scan begins it again.
            if case .database = loss { for upload in active.all { upload.ticket.stop(.withdrawn) } }
            losses.signal()
        }
        try intake.catchUp()
        let spool = spool
        try store.recoverUnseen(now: EngineClock.now()) { Self.unseenContent(of: $0, in: spool) }
        try store.restart(now: EngineClock.now())
        scan = SpoolScan(store: store, spool: spool, intake: intake, due: due, logger: logger)
        let isScanned = try !scan.prepare()
        self.isScanned = NIOLockedValueBox(isScanned)
    }

    private static func unseenContent(of upload: FileUpload, in spool: SpoolTree) -> CheckpointStore.UnseenContent {
        guard let file = try? spool.openForReading(upload.path), file.id == upload.file else { return .changed }
        if file.hasWriters() { return .stillOpen }
        return (try? file.fingerprint()) == upload.content ? .asItWas : .changed
    }

    /// Begins to upload. `openFiles` is asked which files are being written.
    public func start(openFiles: any OpenFiles) {
        let worker = UploadWorker(
            backend: backend, store: store, spool: spool, openFiles: openFiles, intake: intake, active: active,
            partLength: configuration.partLength, parallelParts: configuration.parallelParts, verifiesSources: configuration.verifiesSources,
            logger: logger)
        let lanes = Lanes(worker: worker, store: store, active: active, due: due, changes: changes, logger: logger)
        let remoteTasks = RemoteTaskRunner(backend: backend, store: store, active: active, due: due, changes: changes, logger: logger)
        let count = configuration.parallelFiles
        running.withLockedValue { tasks in
            tasks = [
                Task { await self.takeIn() },
                Task { await lanes.run(count) },
                Task { await remoteTasks.run() },
                Task { await self.scanWhenNeeded() },
            ]
        }
    }

    private static let scanRetryDelay = Duration.seconds(60)

    private func scanWhenNeeded() async {
        while !Task.isCancelled {
            let version = losses.version
            let isRequested = (try? await store.run { try $0.isScanRequested() }) ?? false
            isScanned.withLockedValue { $0 = !isRequested }
            if isRequested {
                if await !scan.run() { await losses.wait(after: version, atMost: Self.scanRetryDelay) }
            } else {
                changes.signal()
                await losses.wait(after: version)
            }
        }
    }

    /// Stops: no new uploads, the running ones are cut, what they came to is stored. Nothing may be reported any more.
    public func shutdown() async {
        let tasks = running.withLockedValue { tasks in
            defer { tasks = [] }
            return tasks
        }
        for task in tasks { task.cancel() }
        for upload in active.all { upload.ticket.stop(.shutdown) }
        for task in tasks { await task.value }
        do {
            try await store.run { [intake, journal] store in
                try intake.catchUp()
                try journal.synchronize()
                try SpoolScan.noteCleanStop(store)
                try store.close()
            }
        } catch {
            logger.error("The last checkpoint could not be stored", metadata: ["error": "\(error)"])
        }
    }

    /// Takes in what the file system reports. Callers that need it sooner catch up themselves, so that the events are collected until
    /// the first of them can be due: the result of a burst of copies is written once, and not during the copies.
    private func takeIn() async {
        var isFailing = false
        let delay = min(max(configuration.settle, .milliseconds(20)), .seconds(1))
        while !Task.isCancelled {
            let version = journalGrew.version
            do {
                // A transaction at a time: others can ask the store between two of them.
                while try await !store.run({ [intake] _ in try intake.step() }) {}
                isFailing = false
                await journalGrew.wait(after: version)
                try? await Task.sleep(for: delay)
            } catch {
                // The journal has it all; logged once, not every second for as long as the disk is full.
                if !isFailing { logger.error("Cannot record file events; retrying", metadata: ["error": "\(error)"]) }
                isFailing = true
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
