import UploadCore

/// One upload, from a byte source to a service, for programs that bring their own data and keep their own checkpoints.
///
///     let upload = Upload(of: image, as: description, to: backend) { checkpoint in
///         try JSONEncoder().encode(checkpoint).write(to: file, options: .atomic)
///     }
///     Task { for await progress in upload.progress { print(progress.bytesConfirmed) } }
///     let object = try await upload.run()
///
/// `run` continues through every transient error. To decide after each part, call `advance` instead.
/// After a stop of the process, a new `Upload` with the last checkpoint resumes from what the server has.
public actor Upload {
    public struct Options: Sendable {
        /// Length of a part where the service does not say, in bytes: a multiple of the granularity in the backend's limits.
        public var partLength: Int64
        /// Parts on their way at the same time, where the protocol allows it.
        public var parallelParts: Int

        public init(partLength: Int64 = 8 << 20, parallelParts: Int = 4) {
            self.partLength = partLength
            self.parallelParts = parallelParts
        }
    }

    private let source: any ByteSource
    private let object: ObjectDescription
    private let backend: any UploadBackend
    private let options: Options
    private let keeper: CheckpointKeeper
    private let board: ProgressBoard
    private let ticket: Ticket
    private var attempt: Attempt?
    private var step: Task<(Attempt, Result<RemoteObject?, any Error>), Never>?

    /// - Parameters:
    ///   - source: the data.
    ///   - object: what the data are; their length is the source's.
    ///   - backend: the service.
    ///   - options: how the data are cut.
    ///   - checkpoint: where an earlier process came to, with the same source and the same object.
    ///   - keep: called with each new checkpoint before the upload continues; what it throws stops the upload.
    public init(
        of source: any ByteSource, as object: ObjectDescription, to backend: any UploadBackend, options: Options = Options(),
        from checkpoint: UploadCheckpoint = UploadCheckpoint(), keep: @escaping @Sendable (UploadCheckpoint) throws -> Void = { _ in }
    ) {
        self.source = source
        self.object = object
        self.backend = backend
        self.options = options
        keeper = CheckpointKeeper(checkpoint, keep: keep)
        let board = ProgressBoard(total: source.length, confirmed: checkpoint.confirmed)
        self.board = board
        ticket = Ticket { sent, confirmed in board.note(sent: sent, confirmed: confirmed) }
    }

    /// How far the upload has come, from now on to its end. Each reading begins with the present state.
    public nonisolated var progress: AsyncStream<UploadProgress> { board.watch() }

    /// What another process needs to resume.
    public nonisolated var checkpoint: UploadCheckpoint { keeper.checkpoint }

    /// Continues until the object exists and equals the data. Waits out transient errors, for as long as they last.
    /// - Throws: `UploadError` for everything else, `CancellationError` when the task is cancelled.
    public func run() async throws -> RemoteObject {
        var failures = 0
        while true {
            do {
                if let object = try await advance(by: .max) { return object }
                failures = 0
            } catch let error as UploadError {
                guard error.disposition == .transient || error.disposition == .sessionGone else { throw error }
                failures += 1
                let delay = Backoff.transient.delay(
                    failures: failures, retryAfter: error.retryAfter, random: Double.random(in: 0...1))
                try await Task.sleep(for: delay)
            }
        }
    }

    /// Takes one step: a question, a part, the commit. After an error the next step asks the server what it has.
    /// - Returns: the object, once it is there and equals the data; nil while there is more to do.
    public func advance() async throws -> RemoteObject? {
        try await advance(by: 1)
    }

    /// Gives the upload up: ends what is on its way, and has the service drop the unfinished session.
    public func cancel() async throws {
        ticket.stop(.withdrawn)
        step?.cancel()
        if let step { _ = await step.value }
        if let session = keeper.checkpoint.session { try keeper.abandoned(session) }
        try await abortAbandoned()
        board.finish(total: nil)
    }

    // MARK: Steps

    private func advance(by batchMax: Int) async throws -> RemoteObject? {
        guard step == nil else { throw UploadError(.rejected, "upload already in progress") }
        let current =
            attempt
            ?? Attempt(
                of: source, as: object, from: keeper.checkpoint, to: backend, partLength: options.partLength,
                parallelParts: options.parallelParts, batchMax: batchMax, ledger: keeper, ticket: ticket)
        let task = Task { [current] in
            var attempt = current
            do {
                let object = try await attempt.advance()
                return (attempt, Result<RemoteObject?, any Error>.success(object))
            } catch {
                return (attempt, Result<RemoteObject?, any Error>.failure(error))
            }
        }
        step = task
        let (next, result) = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        step = nil
        return try await finish(next, result)
    }

    private func finish(_ attempt: Attempt, _ result: Result<RemoteObject?, any Error>) async throws -> RemoteObject? {
        switch result {
        case .success(nil):
            self.attempt = attempt
            return nil
        case .success(let object?):
            self.attempt = nil
            try keeper.finished()
            board.finish(total: object.size)
            try? await abortAbandoned()
            return object
        case .failure(let error):
            attempt.end()
            self.attempt = nil
            try keeper.ended(attempt.lifecycle, responseMissing: attempt.commitIsPending)
            throw error
        }
    }

    /// Has the service drop the sessions that are of no use any more. What fails stays in the checkpoint.
    private func abortAbandoned() async throws {
        for session in keeper.checkpoint.abandoned {
            try await backend.abort(session)
            try keeper.aborted(session)
        }
        for begin in keeper.checkpoint.begins {
            _ = try await OrphanedSessions(backend: backend).drop(begin) { [] }
            try keeper.settled(begin)
        }
    }
}
