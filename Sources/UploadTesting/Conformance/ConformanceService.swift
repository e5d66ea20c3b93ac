import UploadCore

/// A service under test: a backend, the server behind it, and the faults that can be injected into it.
///
/// Each check of the suite gets the service with an empty bucket, or uses keys of its own.
public protocol ConformanceService: Sendable {
    /// A backend as after a fresh start: no connections, no tokens. It has credentials that can be renewed.
    func backend() -> any UploadBackend

    /// Replaces the faults that are yet to happen.
    func inject(_ faults: [ServiceFault])

    /// What the server holds under a key, read behind the backend's back.
    func content(of key: ObjectKey) async throws -> [UInt8]?

    /// What the service has, or can do, beyond what every service does.
    var traits: ServiceTraits { get }

    /// How many bytes of an object the server received though it had acknowledged them before.
    func resentBytes(of key: ObjectKey) -> Int64

    /// How many upload sessions the server has that are neither finished nor aborted.
    var openSessions: Int { get }
}

/// What makes a service different from others, as far as the suite has to know.
public struct ServiceTraits: Sendable {
    /// Refusals of `begin`: status, reason, and what they mean.
    public var refusals: [(status: Int, reason: String?, code: UploadError.Code)]
    /// Names that the service can hold, and has to keep as they are.
    public var names = ["a b", "100%", "x?y=z&w#v", "plus+plus", "ümlaut/été/日本", "quote\"'\\", "tab\tstop", "~._-", "e\u{301}", "\u{301}\\\u{301}"]
    /// Whether two names that differ only in case are one name for it.
    public var ignoresCase = false
    /// Whether a folder is refused where there is one whose name is the same in another Unicode form.
    public var confusesFormsOfFolders = false
    /// The fewest bytes for which a session can be opened.
    public var sessionMin: Int64 = 0
    /// How the service responds in a session that it lost.
    public var lossStatuses = [404, 410]
    /// Whether requests carry a token that can be renewed after a 401.
    public var hasTokens = true
    /// Whether the service compares the digest of the whole object.
    public var checksDigest = true
    /// Whether an object can be bound to replace one version and no other.
    public var hasPreconditions = true
    /// Whether the single request keeps what is there, where nothing should be.
    public var putChecksAbsence = true
    /// Whether a session can be asked about after it has made its object.
    public var remembersSessions = true
    /// Whether the responses to finished uploads have a digest.
    public var returnsDigest = true
    /// Whether `move` takes more than one request, so that it can end between them.
    public var movesInSteps = true

    public init(refusals: [(status: Int, reason: String?, code: UploadError.Code)]) {
        self.refusals = refusals
    }
}

/// One thing that goes wrong.
public struct ServiceFault: Sendable, Equatable {
    public enum Moment: String, Sendable, CaseIterable {
        case put, begin, part, probe, commit, find, move, remove
    }

    public enum Effect: Sendable, Equatable {
        case status(Int, retryAfter: Int? = nil, reason: String? = nil)
        /// The server does what it was asked to, and the connection ends before it says so.
        case loseResponse
        /// The connection is reset after so many bytes of the body.
        case reset(afterBytes: Int64)
        /// The server keeps only so many bytes of the part.
        case keepOnly(bytes: Int64)
        /// The server loses all bytes of the session, and says so.
        case keepNothing
        /// The session is lost; this is the status from then on.
        case loseSession(status: Int)
        /// The server claims to have so many bytes more than were sent.
        case claimBeyond(bytes: Int64)
        /// A malformed response.
        case garbage
        /// The response to a finished upload has another digest than what was sent.
        case wrongDigest
    }

    public let moment: Moment
    public let effect: Effect
    /// So many requests pass first.
    public let skip: Int

    public init(_ moment: Moment, _ effect: Effect, skip: Int = 0) {
        self.moment = moment
        self.effect = effect
        self.skip = skip
    }
}

/// What a backend did not do as it should.
public struct ConformanceFailure: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
