/// The life of one file's upload: the only place that decides what happens to it.
///
/// The file system reports events (`apply`), the engine claims the upload (`claim`) and reports how
/// an attempt ended (`ended`), people control it (`control`), and a new process takes over what the
/// last one left behind (`restarted`). Each method changes the value and returns the effects that the
/// change has at the service; whoever stores the value stores the effects with it, in one transaction.
/// There is no I/O and no clock in here: `now` is an argument, in milliseconds since 1970.
///
/// The value holds three things that are easily confused:
/// - `phase`: what is to happen with the content that the file had at its last close;
/// - `unfinished`: what the service has, or may have, of an upload that is not finished;
/// - `object`: the object that the service holds for this file, with whatever content.
public struct FileUpload: Sendable, Equatable {
    public let file: FileID
    public package(set) var path: SpoolPath
    /// Size and time of the content at the last close.
    public package(set) var content: Fingerprint
    /// Counts the changes of the content: what belongs to another generation is about other bytes.
    public package(set) var generation: Int64
    public package(set) var phase: Phase
    /// Stopped by its owner. Outlasts changes of the file; ends with `resume` or `retry`.
    public package(set) var isPaused: Bool
    /// A close() or fsync() waits for this content: no quiet time, and the file may be open.
    public package(set) var isUrgent: Bool
    /// -10 to 10; the higher goes first.
    public package(set) var priority: Int
    public package(set) var attempts: Int
    /// Failures in a row, without progress in between.
    public package(set) var failures: Int
    public package(set) var unfinished: UnfinishedUpload?
    public package(set) var object: StoredObject?
    /// What the first contact found under a key. Another key's state says nothing, and another key's version may name another file.
    public package(set) var known: KnownKey?

    package init(
        file: FileID, path: SpoolPath, content: Fingerprint, generation: Int64, phase: Phase, isPaused: Bool = false, isUrgent: Bool = false,
        priority: Int = 0, attempts: Int = 0, failures: Int = 0, known: KnownKey? = nil, unfinished: UnfinishedUpload? = nil,
        object: StoredObject? = nil
    ) {
        self.file = file
        self.path = path
        self.content = content
        self.generation = generation
        self.phase = phase
        self.isPaused = isPaused
        self.isUrgent = isUrgent
        self.priority = priority
        self.attempts = attempts
        self.failures = failures
        self.known = known
        self.unfinished = unfinished
        self.object = object
    }

    public struct KnownKey: Sendable, Equatable {
        public var key: ObjectKey
        public var knowledge: RemoteKnowledge

        public init(_ key: ObjectKey, _ knowledge: RemoteKnowledge) {
            self.key = key
            self.knowledge = knowledge
        }
    }

    /// What there is to be known of a key before something is sent there: the version of the file's own object, or what was found.
    public func knowledge(of key: ObjectKey) -> RemoteKnowledge {
        if let object, object.key == key { return object.version.map(RemoteKnowledge.version) ?? .unknown }
        guard let known, known.key == key else { return .unknown }
        return known.knowledge
    }

    /// What is to happen with the content. Times are milliseconds since 1970.
    public enum Phase: Sendable, Equatable {
        /// New, or changed since the last close. Exits: `closed`, a restart.
        case open
        /// It was still being written when the mount stopped: its owner, or the next close, says that it is whole.
        case fragment
        /// It has a temporary name, and is expected to be renamed. If it is not, it is uploaded under that name at `until`.
        case temporary(until: Int64)
        /// Closed; any change before `until` restarts the quiet time.
        case settling(until: Int64)
        /// Waits for a free place in the engine.
        case ready(since: Int64)
        /// Claimed by the engine: its content is being sent, or its object is following a rename.
        case sending
        /// An attempt failed; there will be another one.
        case backingOff(until: Int64, UploadError)
        /// Given up until its owner says `retry`.
        case failed(UploadError)
        /// The object has this content and is under this name.
        case uploaded
    }

    /// What the service has, or may have, of an upload that is not finished.
    public struct UnfinishedUpload: Sendable, Equatable {
        /// The key that is being filled; a rename meanwhile is followed after the commit.
        public var key: ObjectKey
        /// What `UploadBackend.reserve` chose.
        public var reservation: String?
        public var session: UploadSession?
        /// Bytes of the session that the server confirmed, and their CRC-32C.
        public var confirmed: Int64 = 0
        public var confirmedCRC: UInt32 = 0
        /// The digest of what a request may have committed whose response is not stored. Set by the transaction that
        /// precedes the request, and cleared when there is a response.
        public var pendingCommit: String?

        public init(key: ObjectKey, reservation: String? = nil, session: UploadSession? = nil) {
            self.key = key
            self.reservation = reservation
            self.session = session
        }
    }

    /// The object that the service holds for this file.
    public struct StoredObject: Sendable, Equatable {
        public var key: ObjectKey
        public var version: String?
        /// The generation of the file whose content the object has; nil if it has another file's content, or a wrong one.
        public var generation: Int64?
        public var id: String?
        public var etag: String?
        /// Algorithm and value, as `ContentDigest.description` writes them.
        public var checksum: String?
        /// The identity with which it was made. A copy of it has the same, which tells whose copy it is.
        public var reservation: String?
        public var uploadedAt: Int64?

        public init(key: ObjectKey, version: String?, generation: Int64?) {
            self.key = key
            self.version = version
            self.generation = generation
        }
    }

    // MARK: What follows from it

    /// Whether the object at the service has the present content, under whatever key.
    public var objectIsCurrent: Bool { object != nil && object?.generation == generation }

    /// When there is something to do; nil where it waits for an event or for its owner.
    public var runnableAt: Int64? {
        if isPaused { return nil }
        switch phase {
        case .temporary(let until), .settling(let until), .backingOff(let until, _): return until
        case .ready(let since): return since
        case .open, .fragment, .sending, .failed, .uploaded: return nil
        }
    }

    /// In the words of `user.upload.state`.
    public var state: UploadState {
        switch phase {
        case .fragment, .temporary: .held
        case .failed: .failed
        case .uploaded: .uploaded
        case _ where isPaused: .paused
        case .open: .open
        case .settling: .settling
        case .ready: .queued
        // The content is at the service already; what is under way is its object's move to the new name.
        case .sending: objectIsCurrent ? .queued : .uploading
        case .backingOff: .waiting
        }
    }

    /// Why the upload is in its state, as one sentence; nil where there is nothing to explain.
    public var explanation: UploadError? {
        switch phase {
        case .backingOff(_, let error), .failed(let error): error
        case .fragment: Self.fragmentError
        case .temporary: Self.temporaryError
        case .open, .settling, .ready, .sending, .uploaded: nil
        }
    }

    /// Bytes of the present content that the server confirmed.
    public var confirmed: Int64 { objectIsCurrent ? content.size : unfinished?.confirmed ?? 0 }

    private static let fragmentError = UploadError(
        .held, "the file was still being written when the mount stopped; `uploadfs retry` uploads it as it is, and so does closing it again")
    private static let temporaryError = UploadError(
        .held, "the file has a temporary name and is uploaded once it is renamed, or after 24 hours; `uploadfs retry` uploads it now")
}

/// What a change of an upload means for the service. Stored in the transaction that stores the change, and carried out after it.
public enum UploadEffect: Sendable, Equatable {
    /// Drop an unfinished upload session, so that no orphan is left to cost money.
    case abort(UploadSession)
    /// Remove the object of a file that was removed or renamed, unless it is another's newer one. Waits for the quiet time,
    /// in which a new file at `path`, if that is given, can inherit it.
    case remove(ObjectKey, version: String?, path: SpoolPath?)
    /// Remove the object of a file whose owner said that what stands in the way may be replaced, unless it is another's newer
    /// one. No file inherits it: it would inherit what stands in the way.
    case discard(ObjectKey, version: String?)
    /// Remove the object that a request without a response may have made, if it is there and has this checksum, or this
    /// reservation where the service has no checksum.
    case removeUnconfirmed(ObjectKey, checksum: String, reservation: String?)
    /// The object under this key is known to be wanted: it is not looked for any more.
    case confirmed(ObjectKey)
}

/// What the mount's options say about the life of uploads.
public struct UploadPolicy: Sendable {
    /// Quiet time after the last close.
    public var settle: Duration
    /// Names that are expected to be renamed.
    public var hold: HoldRules
    /// Whether the object follows when its file is removed or renamed.
    public var propagatesRemovals: Bool

    public init(settle: Duration, hold: HoldRules, propagatesRemovals: Bool) {
        self.settle = settle
        self.hold = hold
        self.propagatesRemovals = propagatesRemovals
    }

    /// How long a file with a temporary name waits for its rename.
    public static let holdMax: Duration = .seconds(86_400)

    func holds(_ path: SpoolPath) -> Bool { hold.matches(path.name) }

    func settled(_ time: Int64) -> Int64 { Milliseconds.adding(Milliseconds.of(settle), to: time) }
}
