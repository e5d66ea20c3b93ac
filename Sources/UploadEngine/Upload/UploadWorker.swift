import Checkpoints
import Foundation
import Logging
import NIOPosix
import Spool
import UploadCore
import Uploading

/// Takes one claimed upload from its row to an outcome, and stores the outcome.
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

    /// How long an upload waits for another file's object to leave its key.
    private static let busyDelay: Duration = .milliseconds(500)
    /// How often it does so before it takes the key over: longer chains than a swap can wait for each other, too.
    private static let busyMax = 20
    /// How often a file that is not where its row says is looked for again, before that counts as an error.
    private static let missingMax = 10

    /// - Parameter betweenParts: called between the parts of a large file.
    func run(_ claimed: UploadRecord, _ ticket: Ticket, betweenParts: @escaping @Sendable () async -> Void) async {
        do {
            // The ticket can be stopped from here on; what was told before it could be, is in the journal by now.
            try intake.catchUp(on: claimed.file)
            guard let record = try store.record(of: claimed.file), record.generation == claimed.generation, record.state == .uploading
            else { return }
            do {
                try await upload(record, ticket, betweenParts)
            } catch let error as UploadError {
                try ended(record, ticket, error, answerMissing: record.answerMissing)
            } catch is CancellationError {
                try ended(record, ticket, UploadError(.cancelled, "the upload was stopped"), answerMissing: record.answerMissing)
            } catch let failure as AttemptFailure {
                try ended(record, ticket, failure.error, answerMissing: failure.answerMissing)
            }
        } catch {
            // Only the local disk or the database fails this way. The row stays as it was claimed, which the next start
            // takes for an upload without an answer; nothing is lost.
            logger.error("an upload's outcome could not be stored", metadata: ["error": "\(error)"])
            _ = try? store.update(claimed.file, generation: claimed.generation) { row in
                row.state = .waiting
                row.error = "the local checkpoint database failed: \(error)"
                row.runnableAt = Milliseconds.now() + 30_000
            }
        }
    }

    /// What an attempt knew when it failed.
    private struct AttemptFailure: Error {
        let error: UploadError
        let answerMissing: Bool
    }

    private func upload(_ record: UploadRecord, _ ticket: Ticket, _ betweenParts: @escaping @Sendable () async -> Void) async throws {
        let key = try key(for: record)
        if record.remoteIsCurrent, let source = record.remoteKey {
            return try await follow(record, ticket, from: source, to: key)
        }
        // A session fills the key with which it was opened, and a request without an answer may have; a rename meanwhile is
        // followed after the commit.
        let ownKey = record.sessionKey ?? key
        guard try isFree(ownKey, for: record) else { return }
        guard record.content.size <= backend.capabilities.objectMax else {
            throw UploadError(.tooLarge, "the file is larger than the service's limit of \(ByteSize.format(backend.capabilities.objectMax))")
        }
        guard let source = try await open(record, ticket), try await isAsItWas(record, source, ticket) else { return }
        let description = try describe(record, key: ownKey, source.file)
        let knowledge = record.remoteKey == description.key ? RemoteKnowledge(ownVersion: record.remoteVersion) : record.knowledge
        var attempt = Attempt(
            of: source, as: description,
            from: record.checkpoint(receipts: try store.receipts(of: record), knowledge: knowledge), to: backend, partLength: partLength,
            parallelParts: parallelParts,
            ledger: CheckpointLedger(store: store, file: record.file, generation: record.generation, key: description.key),
            ticket: ticket, betweenParts: betweenParts)
        defer { attempt.end() }
        do {
            let object = try await attempt.run()
            try store.committed(
                object, key: description.key, for: record.file, generation: record.generation, now: Milliseconds.now(),
                currentKey: { try? backend.key(for: $0) })
        } catch  where error is UploadError || error is CancellationError {
            let error = error as? UploadError ?? UploadError(.cancelled, "the upload was stopped")
            try store.update(record.file, generation: record.generation) { row in
                row.answerMissing = attempt.answerMissing
                row.knowledge = attempt.lifecycle.knowledge
                if let spoilt = attempt.lifecycle.spoiltVersion, row.remoteKey == description.key {
                    // Still the file's own object, with the content of none of its generations.
                    row.remoteVersion = spoilt
                    row.remoteGeneration = nil
                }
                if attempt.lifecycle.session == nil {
                    row.forgetSession()
                    if attempt.answerMissing { row.sessionKey = description.key }
                }
            }
            if error.code == .contentChanged, ticket.stopped == nil { return try await followChange(of: record, source.file) }
            throw AttemptFailure(error: error, answerMissing: attempt.answerMissing)
        }
    }

    // MARK: Before the attempt

    private func key(for record: UploadRecord) throws -> ObjectKey {
        do {
            return try backend.key(for: record.path)
        } catch {
            try store.giveUp(record.file, generation: record.generation)
            throw error
        }
    }

    /// The spool file, if it still is what the row says; otherwise sets up what is to happen instead and returns nil.
    private func open(_ record: UploadRecord, _ ticket: Ticket) async throws -> SpoolSource? {
        let isOpen = openFiles.isOpenForWriting(record.file)
        guard record.urgent || !isOpen else { return try postponeOpen(record) }
        guard let file = try openFile(record) else { return nil }
        // Of a mount before this one, of which the file system does not know.
        if !isOpen, try store.mayChangeUnseen(record.file), file.hasWriters() { return try postponeOpen(record) }
        let content = try file.fingerprint()
        guard content == record.content else {
            try ticket.throwIfStopped()
            try await followChange(of: record, file)
            return nil
        }
        return SpoolSource(file: file, content: content, mayChange: isOpen)
    }

    /// The file is not what the row says, and nobody has stopped the upload. That is no failure: sets up what is to happen instead.
    private func followChange(of record: UploadRecord, _ file: SpoolFile) async throws {
        // Of a file that is open, the change may not have been told yet. The file system may take a moment for it.
        try await NIOThreadPool.singleton.runIfActive { [openFiles] in try openFiles.noticeChanges(of: record.file) }
        // Asked before the journal is: who has come to the end of his changes has told them before he ceases to count.
        let isOpen = openFiles.isOpenForWriting(record.file)
        try intake.catchUp()
        guard let row = try store.record(of: record.file), row.generation == record.generation, row.state == .uploading else { return }
        let content = try file.fingerprint()
        if content == row.content {
            // Only its times were set: the attempt goes on where it was.
            try postpone(record, .queued, by: .zero)
        } else if isOpen {
            try postpone(record, .queued, by: Self.busyDelay)
        } else {
            try store.reconcile(record.file, path: record.path, content: content, now: Milliseconds.now())
        }
    }

    /// Where digests are asked for: whether the file still has the bytes of which the service has a part.
    private func isAsItWas(_ record: UploadRecord, _ source: SpoolSource, _ ticket: Ticket) async throws -> Bool {
        guard verifiesSources, record.content.size > backend.capabilities.singleRequestMax else { return true }
        let reader = ChunkReader(source: source, ticket: ticket)
        let digest = try await PrefixDigest(.sha256).reaching(record.content.size, reading: reader).digest.description
        if let before = try store.sourceDigest(of: record), before != digest {
            logger.notice("a file changed without its size and time, so that its upload begins anew", metadata: ["upload-id": "\(record.file.inode)"])
            try store.sourceChanged(record.file, generation: record.generation, now: Milliseconds.now())
            return false
        }
        try store.noteSource(digest, of: record)
        return true
    }

    private func postponeOpen(_ record: UploadRecord) throws -> SpoolSource? {
        try postpone(record, .settling, by: max(store.policy.settle, .seconds(1)))
        return nil
    }

    /// The file under the row's path. That it is not there, or another, is usual for a moment after a rename or removal: the
    /// journal has it or is about to, and the row follows.
    private func openFile(_ record: UploadRecord) throws -> SpoolFile? {
        let problem: String
        do {
            let file = try spool.openForReading(record.path)
            if file.id == record.file { return file }
            problem = "another file has its name"
        } catch {
            problem = "\(error)"
        }
        if record.failures >= Self.missingMax {
            throw UploadError(.unreadable, "the file can not be read in the spool: \(problem)")
        }
        try intake.catchUp()
        try postpone(record, .queued, by: Self.busyDelay, countsAsFailure: true)
        return nil
    }

    private func describe(_ record: UploadRecord, key: ObjectKey, _ file: SpoolFile) throws -> ObjectDescription {
        var description = ObjectDescription(
            key: key, size: record.content.size,
            contentType: file.text("user.mime_type") ?? ContentType.of(name: record.path.name),
            modified: record.content.modified, storageClass: file.text("user.upload.storage_class"))
        let prefix = "user.upload.meta."
        for name in file.extendedAttributeNames() where name.hasPrefix(prefix) {
            description.metadata[String(name.dropFirst(prefix.count))] = file.text(name)
        }
        return description
    }

    /// Whether nothing else has to happen to the key first.
    private func isFree(_ key: ObjectKey, for record: UploadRecord) throws -> Bool {
        guard try store.isBusy(key, besides: record.file) else { return true }
        // Files that were swapped wait for each other: one has to go first, and the other is uploaded again.
        let isSwap = try store.occupants(of: key, besides: record.file).contains { other in
            record.remoteKey != nil && (try? backend.key(for: other.path)) == record.remoteKey
        }
        if isSwap || record.attempts > Self.busyMax { try store.takeOver(key, for: record.file, now: Milliseconds.now()) }
        try postpone(record, .queued, by: Self.busyDelay, countsAsAttempt: true)
        return false
    }

    private func postpone(
        _ record: UploadRecord, _ state: UploadState, by delay: Duration, countsAsAttempt: Bool = false, countsAsFailure: Bool = false
    ) throws {
        try store.update(record.file, generation: record.generation) { row in
            guard row.state == .uploading else { return }
            row.state = state
            row.runnableAt = Milliseconds.now() + max(Milliseconds.of(delay), 100)
            if !countsAsAttempt { row.attempts -= 1 }
            if countsAsFailure { row.failures += 1 }
        }
    }

    // MARK: Renamed objects

    /// Lets the object of a renamed file follow it.
    private func follow(_ record: UploadRecord, _ ticket: Ticket, from source: ObjectKey, to key: ObjectKey) async throws {
        if source == key {
            return try store.stayed(record.file, generation: record.generation)
        }
        guard try isFree(key, for: record) else { return }
        do {
            guard try store.willCommit(under: key, checksum: nil, reservation: nil, for: record.file, generation: record.generation) else { return }
            let object = try await ticket.committing(key) { [backend] in
                try await backend.move(source, version: record.remoteVersion, to: key, ledger: CopyLedger(store: store))
            }
            try store.moved(
                object, to: key, for: record.file, generation: record.generation, now: Milliseconds.now(),
                currentKey: { try? backend.key(for: $0) })
        } catch let error as UploadError where error.disposition == .permanent {
            // The object is gone, or somebody else's by now: the content is in the spool, and is uploaded again.
            logger.notice("a renamed file's object can not be moved, so the file is uploaded again", metadata: ["error": "\(error)"])
            try store.couldNotMove(record.file, generation: record.generation, now: Milliseconds.now())
        }
    }

    // MARK: After the attempt

    private func ended(_ record: UploadRecord, _ ticket: Ticket, _ error: UploadError, answerMissing: Bool) throws {
        let now = Milliseconds.now()
        let stopped = ticket.stopped
        try store.update(record.file, generation: record.generation) { row in
            row.answerMissing = answerMissing
            // Paused, cancelled or changed meanwhile: the row says so already.
            guard row.state == .uploading else { return }
            if stopped != nil || error.disposition == .stopped {
                row.state = .queued
                row.runnableAt = now + (stopped == nil ? Milliseconds.of(Self.busyDelay) : 0)
                return
            }
            row.failures += 1
            row.errorCode = error.code
            row.error = error.sentence
            if let backoff = Backoff.policy(for: error.disposition) {
                let delay = backoff.delay(failures: row.failures, retryAfter: error.retryAfter, random: Double.random(in: 0...1))
                row.state = .waiting
                row.runnableAt = now + Milliseconds.of(delay)
            } else {
                row.state = .failed
            }
        }
        if stopped == nil, error.disposition != .stopped {
            logger.notice(
                "an upload attempt failed",
                metadata: ["upload-id": "\(record.file.inode)", "code": "\(error.code.rawValue)", "error": "\(error.sentence)"])
        }
    }
}

extension RemoteKnowledge {
    /// An object of ours is under the key.
    init(ownVersion: String?) {
        self = ownVersion.map(RemoteKnowledge.version) ?? .unknown
    }
}

extension SpoolFile {
    func text(_ name: String) -> String? {
        extendedAttribute(name).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
