import Checkpoints
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import Spool
import UploadCore

/// Carries out the actions of one `UploadLifecycle`, and stores a checkpoint where the order of writing asks for one.
struct Attempt {
    let backend: any UploadBackend
    let store: CheckpointStore
    let record: UploadRecord
    let description: ObjectDescription
    let reader: SpoolReader
    /// Called after each acknowledged part: a long upload lets others through there.
    let betweenParts: @Sendable () async -> Void

    private(set) var lifecycle: UploadLifecycle
    /// The digest of the bytes that the server confirmed.
    private(set) var digest: PrefixDigest
    /// Whether a request that commits was sent and had no clear answer.
    private(set) var answerMissing: Bool

    init(
        backend: any UploadBackend, store: CheckpointStore, record: UploadRecord, description: ObjectDescription,
        knowledge: RemoteKnowledge, chunkSize: Int64, reader: SpoolReader, betweenParts: @escaping @Sendable () async -> Void
    ) {
        self.backend = backend
        self.store = store
        self.record = record
        self.description = description
        self.reader = reader
        self.betweenParts = betweenParts
        answerMissing = record.answerMissing
        digest = PrefixDigest(length: record.confirmed, crc: CRC32C(value: record.confirmedCRC))
        lifecycle = UploadLifecycle(
            size: record.content.size, chunkSize: chunkSize, singleRequestMax: backend.limits.singleRequestMax,
            session: record.session, confirmed: record.confirmed, knowledge: knowledge, answerMissing: record.answerMissing)
    }

    /// Runs until the object is committed and verified.
    mutating func run() async throws -> RemoteObject {
        var action = lifecycle.start()
        while true {
            switch action {
            // The object is there, whatever has become of the file: it must not be forgotten.
            case .finish, .compare, .removeSpoilt: break
            default: try reader.ticket.throwIfStopped()
            }
            switch action {
            case .finish(let object): return object
            case .fail(let error): throw error
            default:
                do {
                    action = try await perform(action)
                } catch let error as UploadError {
                    // A change of the local file has nothing to do with the server: the attempt just ends.
                    try reader.ticket.throwIfStopped()
                    if error.disposition == .stopped || error.code == .unreadable { throw error }
                    noteMissingAnswer(to: action, error)
                    action = lifecycle.failed(error)
                }
            }
        }
    }

    private mutating func perform(_ action: UploadLifecycle.Action) async throws -> UploadLifecycle.Action {
        switch action {
        case .find:
            let object = try await backend.find(description.key)
            answerMissing = false
            return lifecycle.found(object)
        case .put(let precondition):
            return lifecycle.put(try await put(precondition))
        case .begin(let precondition):
            return try await begin(precondition)
        case .probe(let session):
            return try await progressed(try await backend.probe(session, of: description), sentDigest: nil)
        case .send(let part, let session):
            return try await send(part, session)
        case .commit(let session):
            let whole = try await digest.reaching(record.content.size, reading: reader)
            try noteObject(whole.crc.digest)
            let object = try await reader.ticket.committing(description.key) { [backend, description] in
                try await backend.commit(session, of: description, digest: whole.crc.digest)
            }
            return lifecycle.progressed(.committed(object))
        case .compare(let object):
            digest = try await digest.reaching(record.content.size, reading: reader)
            return lifecycle.compared(equal: object.digest == digest.crc.digest)
        case .removeSpoilt(let object):
            try await backend.remove(description.key, version: object.version)
            return lifecycle.removedSpoilt()
        case .finish, .fail:
            return action
        }
    }

    private mutating func put(_ precondition: Precondition) async throws -> RemoteObject {
        let size = record.content.size
        var object = description
        object.precondition = precondition
        if size <= Int64(SpoolReader.pieceLength) {
            // Small enough for one buffer: it is read once, hashed, and sent.
            let content = try await reader.piece(at: 0, length: Int(size))
            digest = PrefixDigest()
            digest.append(content)
            reader.ticket.sent(content.readableBytes)
            let piece = SinglePiece(content)
            return try await put(object, PartBody(length: size) { piece.take() })
        }
        digest = try await digest.reaching(size, reading: reader)
        let body = PartReader(Part(offset: 0, length: size, isLast: true), reading: reader, digestBefore: nil).body
        return try await put(object, body)
    }

    private mutating func put(_ object: ObjectDescription, _ body: PartBody) async throws -> RemoteObject {
        let digest = digest.crc.digest
        try noteObject(digest)
        // Until there is a clear answer; a stop may cut the request off.
        answerMissing = true
        let committed = try await reader.ticket.committing(description.key) { [backend] in
            try await backend.put(object, body: body, digest: digest)
        }
        answerMissing = false
        return committed
    }

    /// The next request may make the object.
    private func noteObject(_ digest: ContentDigest) throws {
        let isStillWanted = try store.mayAppear(
            under: description.key, checksum: digest.description, for: record.file, generation: record.generation)
        guard isStillWanted else { throw UploadError(.contentChanged, "the file was changed or removed") }
    }

    private mutating func begin(_ precondition: Precondition) async throws -> UploadLifecycle.Action {
        var object = description
        object.precondition = precondition
        // A session of which nobody knows could not be dropped.
        let session = try await reader.ticket.committing(description.key) { [backend, object] in try await backend.begin(object) }
        // Before the first byte leaves, and on the disk: gigabytes may go into this session.
        let isStillWanted = try store.opened(
            session, key: description.key, for: record.file, generation: record.generation, knowledge: lifecycle.knowledge)
        guard isStillWanted else { throw UploadError(.contentChanged, "the file was changed or removed") }
        digest = PrefixDigest()
        return lifecycle.began(session)
    }

    private mutating func send(_ part: Part, _ session: UploadSession) async throws -> UploadLifecycle.Action {
        digest = try await digest.reaching(part.offset, reading: reader)
        var whole: PrefixDigest?
        if part.isLast { whole = try await digest.reaching(part.end, reading: reader) }
        let partReader = PartReader(part, reading: reader, digestBefore: part.isLast ? nil : digest)
        let send = { [backend, description] in
            try await backend.send(part, of: description, in: session, body: partReader.body, digest: whole?.crc.digest)
        }
        if let whole { try noteObject(whole.crc.digest) }
        let answer = try await whole == nil ? send() : reader.ticket.committing(description.key, send)
        return try await progressed(answer, sentDigest: whole ?? partReader.digestAfter)
    }

    private mutating func progressed(_ answer: SessionProgress, sentDigest: PrefixDigest?) async throws -> UploadLifecycle.Action {
        let next = lifecycle.progressed(answer)
        if case .fail = next { return next }
        switch answer {
        case .committed:
            if let sentDigest { digest = sentDigest }
        case .confirmed(let bytes):
            digest = try await (sentDigest?.length == bytes ? sentDigest ?? digest : digest).reaching(bytes, reading: reader)
            try checkpoint()
            await betweenParts()
        }
        return next
    }

    private func checkpoint() throws {
        let (confirmed, crc) = (lifecycle.confirmed, digest.crc.value)
        reader.ticket.confirm(confirmed)
        try store.update(record.file, generation: record.generation) { row in
            if confirmed > row.confirmed { row.failures = 0 }
            row.confirmed = confirmed
            row.confirmedCRC = crc
        }
    }

    /// A `put` whose answer is lost may have made the object; an upload session can be asked, so it needs no such note.
    private mutating func noteMissingAnswer(to action: UploadLifecycle.Action, _ error: UploadError) {
        guard case .put = action else { return }
        answerMissing = [.connectionLost, .timedOut, .serverFault, .invalidAnswer].contains(error.code)
    }
}

/// A body of one buffer.
private final class SinglePiece: Sendable {
    private let piece: NIOLockedValueBox<ByteBuffer?>

    init(_ piece: ByteBuffer) {
        self.piece = NIOLockedValueBox(piece.readableBytes > 0 ? piece : nil)
    }

    func take() -> ByteBuffer? {
        piece.withLockedValue { piece in
            defer { piece = nil }
            return piece
        }
    }
}
