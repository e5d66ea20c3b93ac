/// One attempt to upload one file: takes what happened, returns what to do next. No I/O and no clock, so that every path
/// through it can be tested as plain values.
///
///     start ─┬─ probe ─────────────┬─ send … send ─┬─ compare ── finish
///            ├─ find ─┬─ begin ────┘      commit ──┘
///            └─ put ──┴─ (conflict) find …
///
/// Whoever runs it stores a checkpoint when `session`, `confirmed` or `knowledge` changed, before the next action.
public struct UploadLifecycle: Sendable {
    public enum Action: Sendable, Equatable {
        /// Ask what is under the key.
        case find
        /// Send everything in one request.
        case put(Precondition)
        /// Open an upload session.
        case begin(Precondition)
        case probe(UploadSession)
        case send(Part, UploadSession)
        case commit(UploadSession)
        /// Compare the object's digest with that of the whole local file.
        case compare(RemoteObject)
        /// Remove this object, which differs from what was sent, then report `removedSpoilt`.
        case removeSpoilt(RemoteObject)
        /// The object is committed and equals the file.
        case finish(RemoteObject)
        /// The attempt is over; the error's disposition says whether there will be another.
        case fail(UploadError)
    }

    private enum State {
        case idle
        /// Legal exits: `found`, `failed`.
        case finding(Question)
        /// Legal exits: `put`, `failed`.
        case putting
        /// Legal exits: `began`, `failed`.
        case beginning
        /// Asked, or sent something; the session says what it has. Legal exits: `progressed`, `failed`.
        case inSession(sentEnd: Int64?)
        /// Legal exits: `compared`.
        case comparing(RemoteObject, Question?)
        /// Legal exits: `removedSpoilt`, `failed`.
        case removingSpoilt
        case over
    }

    /// Why the key is looked at.
    private enum Question {
        /// Before the first byte of a large file.
        case firstContact
        /// An earlier request had no answer: it may have committed.
        case lostAnswer
        /// The precondition failed.
        case conflict(UploadError)
    }

    public let size: Int64
    public private(set) var session: UploadSession?
    /// Bytes that the server said it has of `session`.
    public private(set) var confirmed: Int64
    public private(set) var knowledge: RemoteKnowledge

    private let plan: PartPlan
    private let singleRequestMax: Int64
    /// Whether an earlier attempt ended without the answer to a request that commits.
    private let answerMissing: Bool
    private var state = State.idle
    /// A conflict is examined once in an attempt; a second one means that somebody else keeps writing.
    private var examinedConflict = false

    public init(
        size: Int64, chunkSize: Int64, singleRequestMax: Int64, session: UploadSession?, confirmed: Int64,
        knowledge: RemoteKnowledge, answerMissing: Bool
    ) {
        self.size = size
        plan = PartPlan(size: size, chunkSize: chunkSize)
        self.singleRequestMax = singleRequestMax
        self.session = session
        self.confirmed = confirmed
        self.knowledge = knowledge
        self.answerMissing = answerMissing
    }

    public mutating func start() -> Action {
        if let session {
            state = .inSession(sentEnd: nil)
            return .probe(session)
        }
        if answerMissing { return find(.lostAnswer) }
        return createObject()
    }

    /// The answer to `find`.
    public mutating func found(_ object: RemoteObject?) -> Action {
        guard case .finding(let question) = state else { return unexpected("found") }
        guard let object else {
            knowledge = .absent
            return createObject()
        }
        if object.size == size {
            state = .comparing(object, question)
            return .compare(object)
        }
        return overwrite(object, question)
    }

    /// The answer to `put`.
    public mutating func put(_ object: RemoteObject) -> Action {
        guard case .putting = state else { return unexpected("put") }
        return check(object)
    }

    /// The answer to `begin`.
    public mutating func began(_ session: UploadSession) -> Action {
        guard case .beginning = state else { return unexpected("began") }
        self.session = session
        confirmed = 0
        return sendNext(in: session)
    }

    /// The answer to `probe`, `send` or `commit`.
    public mutating func progressed(_ progress: SessionProgress) -> Action {
        guard case .inSession(let sentEnd) = state, let session else { return unexpected("progressed") }
        switch progress {
        case .committed(let object):
            return check(object)
        case .confirmed(let bytes):
            guard bytes >= 0, bytes <= sentEnd ?? size else {
                return fail(
                    UploadError(
                        .rejected,
                        "the server claims to have \(bytes) bytes, more than were sent; the upload is stopped, because what it has can not be this file"
                    ))
            }
            confirmed = bytes
            return sendNext(in: session)
        }
    }

    /// The answer to `compare`.
    public mutating func compared(equal: Bool) -> Action {
        guard case .comparing(let object, let question) = state else { return unexpected("compared") }
        if equal {
            state = .over
            return .finish(object)
        }
        if let question { return overwrite(object, question) }
        state = .removingSpoilt
        session = nil
        confirmed = 0
        return .removeSpoilt(object)
    }

    /// The answer to `removeSpoilt`.
    public mutating func removedSpoilt() -> Action {
        guard case .removingSpoilt = state else { return unexpected("removedSpoilt") }
        knowledge = .absent
        return fail(spoilt)
    }

    /// A request failed.
    public mutating func failed(_ error: UploadError) -> Action {
        if error.disposition == .sessionGone {
            session = nil
            confirmed = 0
        }
        switch state {
        case .removingSpoilt:
            return fail(spoilt)
        case .putting, .beginning, .inSession:
            guard error.code == .conflict, !examinedConflict else { return fail(error) }
            examinedConflict = true
            return find(.conflict(error))
        default:
            return fail(error)
        }
    }

    // MARK: Decisions

    private mutating func createObject() -> Action {
        if size <= singleRequestMax {
            state = .putting
            return .put(knowledge.precondition)
        }
        // A large file is not sent on the chance that nothing is in its way: one question first.
        if knowledge == .unknown { return find(.firstContact) }
        state = .beginning
        return .begin(knowledge.precondition)
    }

    private mutating func find(_ question: Question) -> Action {
        state = .finding(question)
        return .find
    }

    private mutating func sendNext(in session: UploadSession) -> Action {
        guard let part = plan.part(after: confirmed) else {
            state = .inSession(sentEnd: size)
            return .commit(session)
        }
        state = .inSession(sentEnd: part.end)
        return .send(part, session)
    }

    private mutating func check(_ object: RemoteObject) -> Action {
        guard object.size == size else {
            state = .removingSpoilt
            session = nil
            confirmed = 0
            return .removeSpoilt(object)
        }
        state = .comparing(object, nil)
        return .compare(object)
    }

    /// Something else than this file is under the key. It may be replaced if it was there at the first contact.
    private mutating func overwrite(_ object: RemoteObject, _ question: Question) -> Action {
        guard let version = object.version else { return fail(conflict("the object has no version to compare")) }
        switch question {
        case .firstContact:
            knowledge = .version(version)
            return createObject()
        case .lostAnswer:
            // Still the version that was known before: the request without an answer did nothing.
            if knowledge == .version(version) { return createObject() }
            return fail(conflict("another object appeared under this name while it was being uploaded"))
        case .conflict(let error):
            // A session that met a conflict can not be committed any more.
            session = nil
            confirmed = 0
            guard knowledge == .unknown, !answerMissing else { return fail(error) }
            knowledge = .version(version)
            return createObject()
        }
    }

    private mutating func fail(_ error: UploadError) -> Action {
        state = .over
        return .fail(error)
    }

    private func conflict(_ detail: String) -> UploadError {
        UploadError(.conflict, "\(detail); it is left alone, and `retry` overwrites it")
    }

    private var spoilt: UploadError {
        UploadError(.digestMismatch, "the object's size or digest differed from the file's after the upload; it was sent again from the start")
    }

    private mutating func unexpected(_ event: String) -> Action {
        assertionFailure("\(event) is not expected in this state")
        return fail(UploadError(.invalidAnswer, "an answer came that nobody had asked for"))
    }
}
