import struct Foundation.Date
import NIOConcurrencyHelpers
import NIOCore
import UploadCore

/// Carries out the actions of one `UploadLifecycle`, and writes into the ledger where the order of writing asks for it.
package struct Attempt: Sendable {
    let backend: any UploadBackend
    let ledger: any UploadLedger
    /// Length of a part where the service does not say, in bytes.
    let partLength: Int64
    /// Numbered parts on their way at once, where the protocol allows it.
    let parallelParts: Int
    let batchMax: Int
    let reader: ChunkReader
    /// Set where the end of the data is not known.
    let lookahead: LookaheadSource?
    /// Called after each acknowledged part: a long upload lets others through there.
    let betweenParts: @Sendable () async -> Void
    /// The parts that the ledger has, by their numbers.
    let stored: [Int: PartReceipt]

    var description: ObjectDescription
    /// What is to be done next.
    private var action: UploadLifecycle.Action
    package internal(set) var lifecycle: UploadLifecycle
    /// The digest of the object's first bytes: of those that the server confirmed, or of more.
    var digest: PrefixDigest
    /// Works that digest out beside the sending, where some parts are not sent and so not read.
    var wholeDigestTask: Task<PrefixDigest, any Error>?
    /// Whether a request that may commit was sent, and has had no clear response.
    package private(set) var commitIsPending: Bool

    /// - Parameter batchMax: so many numbered parts at most are sent in one step.
    package init(
        of source: any ByteSource, as description: ObjectDescription, from checkpoint: UploadCheckpoint, to backend: any UploadBackend,
        partLength: Int64, parallelParts: Int, batchMax: Int = .max, ledger: any UploadLedger, ticket: Ticket,
        betweenParts: @escaping @Sendable () async -> Void = {}
    ) {
        self.backend = backend
        self.ledger = ledger
        self.partLength = partLength
        self.parallelParts = parallelParts
        self.batchMax = batchMax
        self.betweenParts = betweenParts
        lookahead = source.length == nil ? LookaheadSource(source) : nil
        reader = ChunkReader(source: lookahead ?? source, ticket: ticket)
        stored = Dictionary(checkpoint.receipts.map { ($0.number, $0) }, uniquingKeysWith: { $1 })
        self.description = description
        self.description.size = source.length
        self.description.reservation = checkpoint.reservation
        // A session continues under what was known when it was opened.
        if checkpoint.session != nil { self.description.precondition = checkpoint.knowledge.precondition }
        commitIsPending = checkpoint.responseMissing
        digest = PrefixDigest(backend.capabilities.digest, resuming: checkpoint)
        lifecycle = UploadLifecycle(
            size: source.length, partLength: partLength, capabilities: backend.capabilities, session: checkpoint.session,
            confirmed: checkpoint.confirmed, knowledge: checkpoint.knowledge, responseMissing: checkpoint.responseMissing)
        action = lifecycle.start()
        ticket.confirm(checkpoint.confirmed)
    }

    var ticket: Ticket { reader.ticket }

    /// Runs until the object is committed and verified.
    package mutating func run() async throws -> RemoteObject {
        while true {
            if let object = try await advance() { return object }
        }
    }

    /// Carries out one action.
    /// - Returns: the object, once it is committed and verified.
    package mutating func advance() async throws -> RemoteObject? {
        switch action {
        case .finish(let object): return object
        case .fail(let error): throw error
        // The object is there, whatever has become of the file: it must not be forgotten.
        case .compare, .removeMismatched: break
        default: try ticket.throwIfStopped()
        }
        do {
            action = try await perform(action)
        } catch let error as UploadError {
            // A change of the local file has nothing to do with the server: the attempt just ends.
            try ticket.throwIfStopped()
            if error.disposition == .stopped || error.code == .unreadable { throw error }
            noteRefusal(of: action, error)
            action = lifecycle.failed(error)
        }
        if let abandoned = lifecycle.takeAbandoned() { try await ledger.abandoned(abandoned) }
        return nil
    }

    /// Ends what runs beside the requests.
    package func end() {
        wholeDigestTask?.cancel()
    }

    private mutating func perform(_ action: UploadLifecycle.Action) async throws -> UploadLifecycle.Action {
        switch action {
        case .find:
            let object = try await backend.find(description.key)
            commitIsPending = false
            return lifecycle.found(object)
        case .put(let precondition):
            return lifecycle.put(try await put(precondition))
        case .begin(let precondition):
            return try await begin(precondition)
        case .probe(let session):
            return try await progressed(try await adopted(try await backend.probe(session, of: description), session))
        case .measure(let offset, let length):
            return try await measure(offset, length)
        case .send(let part, let session):
            return try await send(part, session)
        case .sendAll(let parts, let session):
            return try await sendAll(parts, session)
        case .commit(let session, let parts):
            return try await commit(session, parts)
        case .wait(let retryAfter):
            try await Task.sleep(for: min(max(retryAfter ?? Self.commitInterval, .milliseconds(100)), Self.commitIntervalMax))
            return lifecycle.waited()
        case .compare(let object, let evidence):
            return lifecycle.compared(equal: try await isThis(object, evidence))
        case .removeMismatched(let object):
            let left = try await removeMismatched(object)
            description.reservation = nil
            _ = try await ledger.reserved(nil)
            return lifecycle.removedMismatched(leaving: left)
        case .finish, .fail:
            return action
        }
    }

    /// How often an unfinished commit is repeated, where the service does not say.
    private static let commitInterval: Duration = .seconds(1)
    private static let commitIntervalMax: Duration = .seconds(60)

    // MARK: One request

    private mutating func put(_ precondition: Precondition) async throws -> RemoteObject {
        description.precondition = precondition
        try await reserve()
        let size = description.size ?? 0
        let whole = Part(offset: 0, length: size, isLast: true)
        if size <= Int64(ChunkReader.chunkLength) {
            // Small enough for one buffer: it is read once, hashed, and sent.
            let content = try await reader.chunk(at: 0, length: Int(size))
            let bodyDigest = hash(content)
            ticket.sent(content.readableBytes)
            let chunk = SingleChunk(content)
            return try await put(PartBody(length: size) { chunk.take() }, bodyDigest)
        }
        let bodyDigest = try await prepare(whole)
        digest = try await digest.reaching(size, reading: reader)
        return try await put(PartReader(whole, reading: reader, digestBefore: nil).body, bodyDigest)
    }

    private mutating func put(_ body: PartBody, _ bodyDigest: ContentDigest?) async throws -> RemoteObject {
        let (digest, description) = (digest.digest, description)
        try await noteCommit(digest)
        let committed = try await ticket.committing { [backend] in
            try await backend.put(description, body: body, digest: digest, bodyDigest: bodyDigest)
        }
        commitIsPending = false
        return committed
    }

    private mutating func hash(_ content: ByteBuffer) -> ContentDigest? {
        digest = PrefixDigest(backend.capabilities.digest)
        var bodyDigest = backend.capabilities.bodyDigest.map(RunningDigest.init)
        content.withUnsafeReadableBytes { bytes in
            digest.append(bytes)
            bodyDigest?.update(bytes)
        }
        return bodyDigest?.digest
    }

    // MARK: Sessions

    private mutating func begin(_ precondition: Precondition) async throws -> UploadLifecycle.Action {
        if description.size == nil, backend.capabilities.parts != .inOrder {
            throw UploadError(.rejected, "the service requires the length in advance; write the data to a file first")
        }
        description.precondition = precondition
        try await reserve()
        if let reservation = description.reservation, try await !ledger.reserved(reservation) { throw Self.unwanted }
        let begin = backend.capabilities.listsSessions ? SessionBegin(key: description.key, from: Date()) : nil
        var session = try await open(begin)
        if case .numbered(let rules) = backend.capabilities.parts, session.partSize == nil {
            session.partSize = NumberedPartPlan.partSize(
                for: description.size ?? 0, wanted: partLength, granularity: backend.capabilities.granularity, rules: rules)
        }
        // Before the first byte leaves, and on the disk: gigabytes may go into this session.
        guard try await ledger.opened(session, by: begin, knowledge: lifecycle.knowledge) else { throw Self.unwanted }
        digest = PrefixDigest(backend.capabilities.digest)
        return lifecycle.began(session)
    }

    /// Has the service open a session. The ledger knows of the request before it leaves, so that a session is not forgotten whose
    /// name is lost with the response, or with this process.
    private func open(_ begin: SessionBegin?) async throws -> UploadSession {
        if let begin { try await ledger.beginning(begin) }
        do {
            // A session of which no one knows could not be dropped.
            return try await ticket.committing { [backend, description] in try await backend.begin(description) }
        } catch {
            if let begin { try await ledger.beginFailed(begin, mayExist: (error as? UploadError)?.outcomeUnknown ?? true) }
            throw error
        }
    }

    private mutating func measure(_ offset: Int64, _ length: Int64) async throws -> UploadLifecycle.Action {
        let found = try await lookahead?.lookAhead(at: offset, length: Int(length)) ?? 0
        let isEnd = found < length
        if isEnd { description.size = offset + Int64(found) }
        return lifecycle.measured(Int64(found), isEnd: isEnd)
    }

    private mutating func send(_ part: Part, _ session: UploadSession) async throws -> UploadLifecycle.Action {
        digest = try await digest.reaching(part.offset, reading: reader)
        var whole: PrefixDigest?
        if part.isLast { whole = try await digest.reaching(part.end, reading: reader) }
        let partReader = PartReader(part, reading: reader, digestBefore: part.isLast ? nil : digest)
        let send = { [backend, description] in
            try await backend.send(part, of: description, in: session, body: partReader.body, digest: whole?.digest)
        }
        if let whole { try await noteCommit(whole.digest) }
        let response = try await whole == nil ? send() : ticket.committing(send)
        return try await progressed(response, sentDigest: whole ?? partReader.digestAfter)
    }

    private mutating func commit(_ session: UploadSession, _ parts: [PartReceipt]) async throws -> UploadLifecycle.Action {
        let whole = try await wholeDigest()
        try await noteCommit(whole)
        let response = try await ticket.committing { [backend, description] in
            try await backend.commit(session, of: description, parts: parts, digest: whole)
        }
        return try await progressed(response)
    }

    private mutating func progressed(_ response: SessionProgress, sentDigest: PrefixDigest? = nil) async throws -> UploadLifecycle.Action {
        let next = lifecycle.progressed(response)
        switch response {
        case .confirmed where next.isFailure: return next
        case .committed:
            commitIsPending = false
            if let sentDigest { digest = sentDigest }
        case .confirmed(let bytes):
            // The session takes more, so that nothing has been committed.
            commitIsPending = false
            digest = try await (sentDigest?.length == bytes ? sentDigest ?? digest : digest).reaching(bytes, reading: reader)
            try await ledger.confirmed(bytes, digest: digest.running.storable)
            ticket.confirm(bytes)
            await betweenParts()
        case .parts:
            ticket.confirm(lifecycle.confirmed)
        case .committing:
            break
        }
        return next
    }

    /// - Returns: the object, where it has to stay: it has versions that are not of this upload's making.
    private func removeMismatched(_ object: RemoteObject) async throws -> RemoteObject? {
        if backend.capabilities.updatesInPlace, case .version = description.precondition { return object }
        try await backend.remove(description.key, version: object.version)
        return nil
    }

    // MARK: Evidence

    /// Whether `object` holds this content: by its digest, or else because the response or the reservation says whose it is.
    private mutating func isThis(_ object: RemoteObject, _ evidence: UploadLifecycle.Evidence) async throws -> Bool {
        if let remote = object.digest {
            if remote.algorithm == backend.capabilities.digest { return try await wholeDigest() == remote }
            let size = description.size ?? object.size
            return try await PrefixDigest(remote.algorithm).reaching(size, reading: reader).digest == remote
        }
        let isOurs = evidence == .response || (object.reservation != nil && object.reservation == description.reservation)
        if isOurs, backend.capabilities.alwaysHasDigest {
            // The next attempt asks what the service has.
            commitIsPending = true
            throw UploadError(.invalidResponse, "malformed response: the service returned no checksum of the object, so it may not have all of it")
        }
        return isOurs
    }

    private mutating func wholeDigest() async throws -> ContentDigest {
        if let task = wholeDigestTask {
            digest = try await task.value
            wholeDigestTask = nil
        }
        digest = try await digest.reaching(description.size ?? digest.length, reading: reader)
        return digest.digest
    }

    // MARK: The ledger

    static let unwanted = UploadError(.contentChanged, "the file was changed or removed")

    private mutating func reserve() async throws {
        if description.reservation == nil { description.reservation = try await backend.reserve(description) }
    }

    /// The next request may make the object. The ledger knows of that before it leaves, so that a kill and a stop leave the
    /// same behind.
    private mutating func noteCommit(_ digest: ContentDigest) async throws {
        guard try await ledger.willCommit(checksum: digest.description, reservation: description.reservation) else { throw Self.unwanted }
        commitIsPending = true
    }

    /// The service refused a request that would have made the object, and so has not made it; unless the response was lost.
    private mutating func noteRefusal(of action: UploadLifecycle.Action, _ error: UploadError) {
        switch action {
        case .put, .commit: commitIsPending = commitIsPending && error.outcomeUnknown
        case .send(let part, _) where part.isLast: commitIsPending = commitIsPending && error.outcomeUnknown
        default: break
        }
    }
}

/// A body of one buffer.
private final class SingleChunk: Sendable {
    private let chunk: NIOLockedValueBox<ByteBuffer?>

    init(_ chunk: ByteBuffer) {
        self.chunk = NIOLockedValueBox(chunk.readableBytes > 0 ? chunk : nil)
    }

    func take() -> ByteBuffer? {
        chunk.withLockedValue { chunk in
            defer { chunk = nil }
            return chunk
        }
    }
}
