import Checkpoints
import Glibc
import Logging
import NIOPosix
import Spool
import UploadCore
import Uploading

/// Runs one claimed upload to its end, and returns what it came to.
struct UploadWorker: Sendable {
    let backend: any UploadBackend
    let store: CheckpointStore
    let spool: SpoolTree
    let openFiles: any OpenFiles
    let intake: Intake
    let active: ActiveUploads
    let partLength: Int64
    let parallelParts: Int
    let verifiesSources: Bool
    let logger: Logger

    /// How long an upload waits for another file's object to leave its key, in milliseconds.
    private static let busyDelay: Int64 = 500
    /// How often it does so before it takes the key over: longer chains than a swap can wait for each other, too.
    private static let busyMax = 20
    /// How often a file that is not where its row says is looked for again, before that counts as an error.
    private static let missingMax = 10

    /// - Parameter betweenParts: called between the parts of a large file.
    /// - Returns: nil where there is nothing to store: the upload is not the claimed one any more, or the process is about to end,
    ///   which leaves the row as a kill would.
    func run(_ claimed: FileUpload, _ ticket: Ticket, betweenParts: @escaping @Sendable () async -> Void) async -> FileUpload.Outcome? {
        let outcome: FileUpload.Outcome?
        do {
            outcome = try await attempt(claimed, ticket, betweenParts)
        } catch let error as UploadError {
            outcome = failed(claimed, error, nil, ticket)
        } catch let failure as AttemptFailure {
            outcome = failed(claimed, failure.error, failure.facts, ticket)
        } catch is CancellationError {
            outcome = failed(claimed, UploadError(.cancelled, "the upload was stopped"), nil, ticket)
        } catch {
            outcome = failed(claimed, UploadError(storing: error), nil, ticket)
        }
        if case .committed = outcome { return outcome }
        if case .moved = outcome { return outcome }
        return ticket.stopped == .shutdown ? nil : outcome
    }

    /// What an attempt knew when it failed.
    private struct AttemptFailure: Error {
        let error: UploadError
        let facts: FileUpload.Facts
    }

    private func failed(_ upload: FileUpload, _ error: UploadError, _ facts: FileUpload.Facts?, _ ticket: Ticket) -> FileUpload.Outcome {
        guard ticket.stopped == nil else { return .stopped }
        logger.notice(
            "An upload attempt failed",
            metadata: ["upload-id": "\(upload.file.inode)", "code": "\(error.code.rawValue)", "error": "\(error.sentence)"])
        let unchanged = FileUpload.Facts(
            known: upload.known, sessionIsLost: false, commitIsPending: upload.unfinished?.pendingCommit != nil)
        return .failed(error, facts ?? unchanged, random: Double.random(in: 0...1))
    }

    private func attempt(
        _ claimed: FileUpload, _ ticket: Ticket, _ betweenParts: @escaping @Sendable () async -> Void
    ) async throws -> FileUpload.Outcome? {
        // The ticket can be stopped from here on; what was reported before it could be, is in the journal by now.
        let current = try await store.run { [intake] store in
            try intake.catchUp(on: claimed.file)
            return try store.upload(of: claimed.file)
        }
        guard let upload = current, upload.generation == claimed.generation, upload.phase == .sending else { return nil }
        let key: ObjectKey
        do {
            key = try backend.key(for: upload.path)
        } catch {
            return .invalidName(error)
        }
        switch upload.assignment {
        case .move(let source, let version): return try await move(upload, ticket, from: source, version, to: key)
        case .upload: return try await send(upload, ticket, to: key, betweenParts)
        }
    }

    private func send(
        _ upload: FileUpload, _ ticket: Ticket, to key: ObjectKey, _ betweenParts: @escaping @Sendable () async -> Void
    ) async throws -> FileUpload.Outcome? {
        // A session fills the key with which it was opened, and a request without a response may have; a rename meanwhile is
        // followed after the commit.
        let ownKey = upload.unfinished?.key ?? key
        if let obstacle = try await obstacle(at: ownKey, for: upload) { return obstacle }
        guard upload.content.size <= backend.capabilities.objectMax else {
            throw UploadError(
                .tooLarge, "the file is larger than the service's limit of \(ByteSize.format(backend.capabilities.objectMax)) for one object")
        }
        let source: SpoolSource
        switch try await open(upload, ticket) {
        case .success(let opened): source = opened
        case .failure(let instead): return instead.outcome
        }
        if let changed = try await sourceChange(upload, source, ticket) { return changed }
        // Another's removal may have become this file's object.
        let (current, receipts) = try await store.run { (try $0.upload(of: upload.file), try $0.receipts(of: upload)) }
        guard let upload = current, upload.phase == .sending else { return nil }
        let description = describe(upload, key: ownKey, source.file)
        var attempt = Attempt(
            of: source, as: description, from: upload.checkpoint(receipts: receipts, key: ownKey), to: backend, partLength: partLength,
            parallelParts: parallelParts,
            ledger: CheckpointLedger(store: store, file: upload.file, generation: upload.generation, key: ownKey),
            ticket: ticket, betweenParts: betweenParts)
        defer { attempt.end() }
        do {
            let object = try await attempt.run()
            return .committed(object, key: ownKey, isFromResponse: attempt.lifecycle.isFromResponse)
        } catch {
            let isCancelled = error is CancellationError
            let known = error as? UploadError ?? (isCancelled ? UploadError(.cancelled, "the upload was stopped") : UploadError(storing: error))
            if known.code == .contentChanged, ticket.stopped == nil { return try await followChange(of: upload, source.file) }
            throw AttemptFailure(
                error: known,
                facts: FileUpload.Facts(
                    known: FileUpload.KnownKey(ownKey, attempt.lifecycle.knowledge), sessionIsLost: attempt.lifecycle.session == nil,
                    commitIsPending: attempt.commitIsPending, mismatchedVersion: attempt.lifecycle.mismatchedVersion))
        }
    }

    // MARK: Before the attempt

    /// What is to be stored in place of an attempt; nil for nothing.
    private struct Instead: Error {
        let outcome: FileUpload.Outcome?
    }

    /// The spool file, if it still is what the row says.
    private func open(_ upload: FileUpload, _ ticket: Ticket) async throws -> Result<SpoolSource, Instead> {
        let isOpen = openFiles.isOpenForWriting(upload.file)
        let untilClosed = FileUpload.Outcome.postponed(delay: max(Milliseconds.of(store.policy.settle), 1000))
        guard upload.isUrgent || !isOpen else { return .failure(Instead(outcome: untilClosed)) }
        let file: SpoolFile
        switch try await openFile(upload) {
        case .success(let opened): file = opened
        case .failure(let instead): return .failure(instead)
        }
        // Of a mount before this one, of which the file system does not know.
        if !isOpen, try await store.run({ try $0.mayChangeUnseen(upload.file) }), file.hasWriters() {
            return .failure(Instead(outcome: untilClosed))
        }
        let content = try file.fingerprint()
        guard content == upload.content else {
            try ticket.throwIfStopped()
            return .failure(Instead(outcome: try await followChange(of: upload, file)))
        }
        return .success(SpoolSource(file: file, content: content, mayChange: isOpen))
    }

    /// The file is not what the row says, and no one has stopped the upload. That is no failure.
    private func followChange(of upload: FileUpload, _ file: SpoolFile) async throws -> FileUpload.Outcome? {
        // Of a file that is open, the change may not have been reported yet. The file system may take a moment for it.
        try await NIOThreadPool.singleton.runIfActive { [openFiles] in try openFiles.noticeChanges(of: upload.file) }
        // Asked before the journal is: who has finished changing the file has reported that before he ceases to count.
        let isOpen = openFiles.isOpenForWriting(upload.file)
        let current = try await store.run { [intake] store in
            try intake.catchUp()
            return try store.upload(of: upload.file)
        }
        guard let current, current.generation == upload.generation, current.phase == .sending else { return nil }
        let content = try file.fingerprint()
        // Only its times were set: the attempt resumes where it was.
        if content == current.content { return .postponed(delay: 0) }
        if isOpen { return .postponed(delay: Self.busyDelay) }
        try await store.run { _ = try $0.reconcile(upload.file, path: current.path, content: content, now: EngineClock.now()) }
        return nil
    }

    /// Where digests are asked for: whether the file has other bytes than those of which the service has a part.
    private func sourceChange(_ upload: FileUpload, _ source: SpoolSource, _ ticket: Ticket) async throws -> FileUpload.Outcome? {
        guard verifiesSources, upload.content.size > backend.capabilities.singleRequestMax else { return nil }
        let reader = ChunkReader(source: source, ticket: ticket)
        let digest = try await PrefixDigest(.sha256).reaching(upload.content.size, reading: reader).digest.description
        if let before = try await store.run({ try $0.sourceDigest(of: upload) }), before != digest {
            logger.notice(
                "A file changed although its size and time did not, so its upload starts again", metadata: ["upload-id": "\(upload.file.inode)"])
            return .sourceChanged
        }
        try await store.run { try $0.noteSource(digest, of: upload) }
        return nil
    }

    /// The file under the row's path. That it is not there, or another, is usual for a moment after a rename or removal: the
    /// journal has it or is about to, and the row follows.
    private func openFile(_ upload: FileUpload) async throws -> Result<SpoolFile, Instead> {
        let problem: String
        do {
            let file = try spool.openForReading(upload.path)
            if file.id == upload.file { return .success(file) }
            problem = "another file has its name"
        } catch {
            // The machine's or the process's limit is no fault of the file.
            if [EMFILE, ENFILE, ENOMEM].contains(error.code) {
                throw UploadError(.localDisk, "the file cannot be opened: \(error); the upload resumes when the mount has fewer files open")
            }
            problem = "\(error)"
        }
        if upload.failures >= Self.missingMax {
            throw UploadError(.unreadable, "the file cannot be read in the spool: \(problem)")
        }
        try await store.run { [intake] _ in try intake.catchUp() }
        return .failure(Instead(outcome: .postponed(delay: Self.busyDelay, countsAsFailure: true)))
    }

    private func describe(_ upload: FileUpload, key: ObjectKey, _ file: SpoolFile) -> ObjectDescription {
        var description = ObjectDescription(
            key: key, size: upload.content.size,
            contentType: file.text("user.mime_type") ?? ContentType.of(name: upload.path.name),
            modified: upload.content.modified, storageClass: file.text("user.upload.storage_class"))
        let prefix = "user.upload.meta."
        for name in file.extendedAttributeNames() where name.hasBytes(prefix: prefix) {
            description.metadata[name.dropping(bytes: prefix.utf8.count)] = file.text(name)
        }
        return description
    }

    /// What has to happen to the key before this upload can have it, and what the upload does meanwhile; nil if it is free.
    private func obstacle(at key: ObjectKey, for upload: FileUpload) async throws -> FileUpload.Outcome? {
        let wait = FileUpload.Outcome.postponed(delay: Self.busyDelay, countsAsAttempt: true)
        guard active.occupy(key, for: upload.file) else { return wait }
        if !upload.objectIsCurrent {
            try await store.run { try $0.inheritRemoval(at: key, for: upload.file, now: EngineClock.now()) }
        }
        guard try await store.run({ try $0.isBusy(key, besides: upload.file) }) else { return nil }
        if let error = try await store.run({ try $0.obstacle(at: key) }), error.disposition != .transient {
            throw UploadError(error.code, "the former object of this name cannot be removed: \(error.sentence)", retryAfter: error.retryAfter)
        }
        for filler in try await store.run({ try $0.fillers(of: key, besides: upload.file) }) {
            if filler.runnableAt == nil, filler.phase != .sending { throw Self.waits(for: filler) }
            if upload.unfinished?.key == key { try await store.run { try $0.startOver(upload.file, now: EngineClock.now()) } }
        }
        // Files that were swapped wait for each other: one has to go first, and the other is uploaded again.
        let isSwap = try await store.run { try $0.occupants(of: key, besides: upload.file) }.contains { other in
            upload.object != nil && (try? backend.key(for: other.path)) == upload.object?.key
        }
        if isSwap || upload.attempts > Self.busyMax {
            try await store.run { try $0.takeOver(key, for: upload.file, now: EngineClock.now()) }
        }
        return wait
    }

    private static func waits(for other: FileUpload) -> UploadError {
        UploadError(
            .nameInUse,
            "\(other.path) has an unfinished upload that began under this name; \(other.isPaused ? "resume" : "retry") or cancel that one first")
    }

    // MARK: Renamed objects

    /// Whether the object of a file that was renamed there and back is where it was: a move whose response was lost may have
    /// taken it away.
    private func hasStayed(_ upload: FileUpload, at key: ObjectKey, _ version: String?) async throws -> Bool {
        guard let unfinished = upload.unfinished, unfinished.pendingCommit != nil, unfinished.key != key else { return true }
        guard let found = try await backend.find(key) else { return false }
        return version == nil || found.version == version
    }

    /// Lets the object of a renamed file follow it.
    private func move(
        _ upload: FileUpload, _ ticket: Ticket, from source: ObjectKey, _ version: String?, to key: ObjectKey
    ) async throws -> FileUpload.Outcome? {
        if source == key { return try await hasStayed(upload, at: key, version) ? .inPlace : .couldNotMove }
        if let obstacle = try await obstacle(at: key, for: upload) { return obstacle }
        let ledger = CheckpointLedger(store: store, file: upload.file, generation: upload.generation, key: key)
        do {
            guard try await ledger.willCommit(checksum: upload.object?.checksum ?? "", reservation: upload.object?.reservation) else { return nil }
            let object = try await ticket.committing { [backend] in
                try await backend.move(source, version: version, to: key, ledger: CopyLedger(store: store))
            }
            return .moved(object, key: key)
        } catch let error as UploadError where error.disposition == .permanent {
            // The object is gone, or another's by now: the content is in the spool, and is uploaded again.
            logger.notice("The object of a renamed file cannot be moved, so the file is uploaded again", metadata: ["error": "\(error)"])
            return .couldNotMove
        } catch let error as UploadError {
            // A move takes several requests: one that failed surely may have come after one that made the object.
            throw AttemptFailure(
                error: error, facts: FileUpload.Facts(known: upload.known, sessionIsLost: false, commitIsPending: true))
        }
    }
}

extension FileUpload {
    /// What an attempt to send the content resumes from.
    func checkpoint(receipts: [PartReceipt], key: ObjectKey) -> UploadCheckpoint {
        UploadCheckpoint(
            session: unfinished?.session, confirmed: unfinished?.confirmed ?? 0, confirmedDigest: CRC32C(value: unfinished?.confirmedCRC ?? 0),
            receipts: receipts, reservation: unfinished?.reservation, knowledge: knowledge(of: key), responseMissing: unfinished?.pendingCommit != nil
        )
    }
}

extension SpoolFile {
    func text(_ name: String) -> String? {
        extendedAttribute(name).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
