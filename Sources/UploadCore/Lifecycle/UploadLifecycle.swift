/// One attempt to upload one file: takes what happened, returns what to do next. No I/O and no clock, so that every path
/// through it can be tested as plain values.
///
///     start ─┬─ probe ─────────────┬─ send … send ─┬─ compare ── finish
///            ├─ find ─┬─ begin ────┘      commit ──┘
///            └─ put ──┴─ (conflict) find …
///
/// Whoever runs it stores a checkpoint when `session`, `confirmed`, `receipts` or `knowledge` changed, before the next action.
public struct UploadLifecycle: Sendable {
    public enum Action: Sendable, Equatable {
        /// Ask what is under the key.
        case find
        /// Send everything in one request.
        case put(Precondition)
        /// Open an upload session.
        case begin(Precondition)
        case probe(UploadSession)
        /// Look how many bytes there are from an offset on, at most so many: the end of the data is not known yet.
        case measure(from: Int64, atMost: Int64)
        case send(Part, UploadSession)
        /// Send these numbered parts, several at once.
        case sendAll([Part], UploadSession)
        case commit(UploadSession, [PartReceipt])
        /// Repeat the commit after a while.
        case wait(Duration?)
        /// Compare the object with the whole local file.
        case compare(RemoteObject, Evidence)
        /// Remove this object, which differs from what was sent, then report `removedMismatched`.
        case removeMismatched(RemoteObject)
        /// The object is committed and equals the file.
        case finish(RemoteObject)
        /// The attempt is over; the error's disposition says whether there will be another.
        case fail(UploadError)
    }

    /// Why an object is thought to be this upload's.
    public enum Evidence: Sendable {
        /// It is the response to a commit.
        case response
        /// It was found under the key; who made it is not known.
        case found
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
        /// Legal exits: `measured`, `failed`.
        case measuring
        /// Legal exits: `waited`.
        case waiting
        /// Legal exits: `compared`.
        case comparing(RemoteObject, Question?)
        /// Legal exits: `removedMismatched`, `failed`.
        case removingMismatched
        case over
    }

    /// Why the key is looked at.
    private enum Question {
        /// Before the first byte of a large file.
        case firstContact
        /// An earlier request had no response: it may have committed.
        case responseLost
        /// The precondition failed.
        case conflict(UploadError)
    }

    /// Length of the object, in bytes; nil while the end of the data is not known.
    public private(set) var size: Int64?
    public private(set) var session: UploadSession?
    /// Bytes that the server said it has of `session`.
    public private(set) var confirmed: Int64
    /// The numbered parts that the server has of `session`, by their numbers.
    public private(set) var receipts: [Int: PartReceipt] = [:]
    public private(set) var knowledge: RemoteKnowledge
    /// The version of the object that this attempt made under the key, and that does not have the file's content.
    public private(set) var mismatchedVersion: String?
    /// Whether the object is what the commit or its session returned, and not what was found under the key.
    public private(set) var isFromResponse = true
    private var abandoned: UploadSession?
    /// The session that an earlier attempt opened.
    private let formerSession: UploadSession?
    private var commitWaits = 0
    /// How often an attempt repeats a commit that the service has not finished.
    private static let commitWaitsMax = 600

    private let partLength: Int64
    private let capabilities: BackendCapabilities
    /// Whether an earlier attempt ended without the response to a request that commits.
    private let responseMissing: Bool
    private var state = State.idle
    /// A conflict is examined once in an attempt; a second one means that another program keeps writing.
    private var examinedConflict = false

    /// - Parameter size: nil where the data's end is not known, which takes a session that goes by offset.
    public init(
        size: Int64?, partLength: Int64, capabilities: BackendCapabilities, session: UploadSession?, confirmed: Int64,
        knowledge: RemoteKnowledge, responseMissing: Bool
    ) {
        self.size = size
        self.partLength = partLength
        self.capabilities = capabilities
        self.session = session
        formerSession = session
        self.confirmed = confirmed
        self.knowledge = knowledge
        self.responseMissing = responseMissing
    }

    public mutating func start() -> Action {
        if let session {
            guard session.partSize == nil || plan(of: session) != nil else { return dropUnusable() }
            state = .inSession(sentEnd: nil)
            return .probe(session)
        }
        // Without a session only the single request can have made it.
        if responseMissing, capabilities.isRepeatable || isSingleRequest { return lookUp() }
        return createObject()
    }

    /// The result of `find`.
    public mutating func found(_ object: RemoteObject?) -> Action {
        guard case .finding(let question) = state else { return unexpected("found") }
        guard let object else {
            knowledge = .absent
            return createObject()
        }
        if size == nil || object.size == size {
            state = .comparing(object, question)
            return .compare(object, .found)
        }
        return overwrite(object, question)
    }

    /// The result of `put`.
    public mutating func put(_ object: RemoteObject) -> Action {
        guard case .putting = state else { return unexpected("put") }
        return check(object)
    }

    /// The result of `begin`.
    public mutating func began(_ session: UploadSession) -> Action {
        guard case .beginning = state else { return unexpected("began") }
        self.session = session
        forgetProgress()
        return sendNext(in: session)
    }

    /// The result of `probe`, `send` or `commit`.
    public mutating func progressed(_ progress: SessionProgress) -> Action {
        guard case .inSession(let sentEnd) = state, let session else { return unexpected("progressed") }
        switch progress {
        case .committed(let object):
            // What an earlier attempt sent is not known to the byte, but more than a part cannot have been on its way.
            guard sentEnd != nil || object.digest != nil || responseMissing || nextPartIsLast else { return dropUnproven() }
            return check(object)
        case .confirmed(let bytes):
            let isGrowing = sentEnd == nil || bytes > confirmed
            guard bytes >= 0, bytes <= sentEnd ?? size ?? .max else {
                return fail(
                    UploadError(
                        .rejected,
                        "the server claims to have \(bytes) bytes, more than were sent; the upload was stopped, because what it has cannot be this file"
                    ))
            }
            confirmed = bytes
            // Sending the same part again at once could repeat without end.
            guard isGrowing else { return fail(noProgress) }
            return sendNext(in: session)
        case .parts(let parts):
            for receipt in parts { receipts[receipt.number] = receipt }
            confirmed = receipts.values.totalLength
            return sendNext(in: session)
        case .committing(let retryAfter):
            guard commitWaits < Self.commitWaitsMax else { return fail(stillAssembling) }
            commitWaits += 1
            state = .waiting
            return .wait(retryAfter)
        }
    }

    /// The result of `wait`.
    public mutating func waited() -> Action {
        guard case .waiting = state, let session else { return unexpected("waited") }
        return sendNext(in: session)
    }

    /// The result of `measure`: so many bytes, and whether the data ends behind them.
    public mutating func measured(_ length: Int64, isEnd: Bool) -> Action {
        guard case .measuring = state, let session else { return unexpected("measured") }
        if isEnd {
            size = confirmed + length
            return sendNext(in: session)
        }
        return send(Part(offset: confirmed, length: length, isLast: false), in: session)
    }

    /// The result of `compare`.
    public mutating func compared(equal: Bool) -> Action {
        guard case .comparing(let object, let question) = state else { return unexpected("compared") }
        if equal {
            state = .over
            isFromResponse = question == nil
            return .finish(object)
        }
        if let question { return overwrite(object, question) }
        return removeMismatched(object)
    }

    /// The result of `removeMismatched`.
    /// - Parameter left: what is under the key all the same; the next attempt replaces it.
    public mutating func removedMismatched(leaving left: RemoteObject? = nil) -> Action {
        guard case .removingMismatched = state else { return unexpected("removedMismatched") }
        mismatchedVersion = left?.version
        knowledge = mismatchedVersion.map(RemoteKnowledge.version) ?? .absent
        return fail(mismatch)
    }

    /// A request failed.
    public mutating func failed(_ failure: UploadError) -> Action {
        var error = failure
        // Only what is stored of the session can be wrong: a request about a new one is refused for a reason that stays.
        if error.code == .rejected, session != nil, session == formerSession {
            error = UploadError(.sessionGone, "the service refused the stored upload session (\(error.sentence)); the upload starts again")
        }
        let mayHaveEnded = nextPartIsLast
        // Also one that is not found: a service may say so because of the object that the session was to replace, and keep the parts.
        if error.disposition == .sessionGone { loseSession(mayExist: true) }
        switch state {
        case .removingMismatched:
            return fail(mismatch)
        case .inSession where error.code == .sessionGone && responseMissing && (capabilities.isRepeatable || mayHaveEnded):
            // The service forgets a session once the object is made.
            return lookUp()
        case .putting where error.outcomeUnknown && error.code != .serverFault && !capabilities.isRepeatable:
            return fail(unknownOutcome)
        case .putting, .beginning, .inSession, .measuring:
            guard error.code == .conflict, !examinedConflict else { return fail(error) }
            examinedConflict = true
            return find(.conflict(error))
        default:
            return fail(error)
        }
    }

    /// A session that is of no use any more, but that the service still has: it is to be aborted. Returned once.
    public mutating func takeAbandoned() -> UploadSession? {
        defer { abandoned = nil }
        return abandoned
    }

    // MARK: Decisions

    private var isSingleRequest: Bool { size.map { $0 <= capabilities.singleRequestMax } ?? false }

    /// Whether the server has all of the session but what its last part brings.
    private var nextPartIsLast: Bool {
        guard let size else { return true }
        return PartPlan(size: size, partLength: partLength).part(after: confirmed)?.isLast ?? true
    }

    /// Looks whether a request without a response has made the object.
    private mutating func lookUp() -> Action {
        capabilities.isRepeatable ? find(.responseLost) : fail(unknownOutcome)
    }

    private mutating func createObject() -> Action {
        if isSingleRequest {
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
        if session.partSize != nil {
            guard let plan = plan(of: session) else { return dropUnusable() }
            return sendMissing(plan, in: session)
        }
        guard let size else {
            state = .measuring
            return .measure(from: confirmed, atMost: partLength)
        }
        guard let part = PartPlan(size: size, partLength: partLength).part(after: confirmed) else {
            state = .inSession(sentEnd: size)
            return .commit(session, [])
        }
        return send(part, in: session)
    }

    /// Nil where the session's part size, which a service or a stored row gave, makes no plan.
    private func plan(of session: UploadSession) -> NumberedPartPlan? {
        guard case .numbered(let rules) = capabilities.parts else { return try? session.plan(of: size ?? 0) }
        return try? session.plan(of: size ?? 0, countMax: rules.countMax)
    }

    /// The service still has the session, so it is aborted, and the next attempt opens another one.
    private mutating func dropUnusable() -> Action {
        loseSession(mayExist: true)
        return fail(UploadError(.sessionGone, "the part size of the upload session cannot be used for this file; the upload starts again"))
    }

    /// The service claims to have made the object of less than all of it, and gives no digest.
    private mutating func dropUnproven() -> Action {
        loseSession(mayExist: true)
        return fail(UploadError(.sessionGone, "the service finished the object before all of it was sent; the upload starts again"))
    }

    private mutating func send(_ part: Part, in session: UploadSession) -> Action {
        state = .inSession(sentEnd: part.end)
        return .send(part, session)
    }

    private mutating func sendMissing(_ plan: NumberedPartPlan, in session: UploadSession) -> Action {
        state = .inSession(sentEnd: nil)
        let missing = plan.parts.filter { receipts[$0.number] == nil }
        if missing.isEmpty { return .commit(session, plan.parts.compactMap { receipts[$0.number] }) }
        return .sendAll(missing, session)
    }

    private mutating func check(_ object: RemoteObject) -> Action {
        guard object.size == size else { return removeMismatched(object) }
        state = .comparing(object, nil)
        return .compare(object, .response)
    }

    private mutating func removeMismatched(_ object: RemoteObject) -> Action {
        state = .removingMismatched
        loseSession(mayExist: false)
        return .removeMismatched(object)
    }

    private mutating func loseSession(mayExist: Bool) {
        if mayExist { abandoned = session }
        session = nil
        forgetProgress()
    }

    private mutating func forgetProgress() {
        confirmed = 0
        receipts = [:]
    }

    /// Something else than this file is under the key. It may be replaced if it was there at the first contact.
    private mutating func overwrite(_ object: RemoteObject, _ question: Question) -> Action {
        guard let version = object.version else { return fail(conflict("the object has no version to compare")) }
        switch question {
        case .firstContact:
            knowledge = .version(version)
            return createObject()
        case .responseLost:
            // Still the version that was known before: the request without a response did nothing.
            if knowledge == .version(version) { return createObject() }
            return fail(conflict("another object appeared under this name while it was being uploaded"))
        case .conflict(let error):
            // A session that met a conflict cannot be committed any more.
            loseSession(mayExist: true)
            guard knowledge == .unknown, !responseMissing else { return fail(error) }
            knowledge = .version(version)
            return createObject()
        }
    }

    private mutating func fail(_ error: UploadError) -> Action {
        state = .over
        return .fail(error)
    }

    private func conflict(_ detail: String) -> UploadError {
        UploadError(.conflict, "\(detail); it is left alone, and `uploadfs retry` overwrites it")
    }

    private var noProgress: UploadError {
        UploadError(.serverFault, "the server accepted a part of the file but confirmed none of its bytes; the upload resumes after a pause")
    }

    private var stillAssembling: UploadError {
        UploadError(.serverBusy, "the service is still assembling the parts; the commit is repeated after a pause")
    }

    private var unknownOutcome: UploadError {
        UploadError(
            .outcomeUnknown,
            "the response to the upload was lost, and it cannot be determined whether the object exists; `uploadfs retry` uploads it again, which may create a second one"
        )
    }

    private var mismatch: UploadError {
        UploadError(.digestMismatch, "the object's size or digest differed from the file's after the upload; it was sent again from the start")
    }

    private mutating func unexpected(_ event: String) -> Action {
        assertionFailure("\(event) is not expected in this state")
        return fail(UploadError(.invalidResponse, "unexpected response"))
    }
}

extension UploadLifecycle.Action {
    package var isFailure: Bool {
        if case .fail = self { true } else { false }
    }
}
