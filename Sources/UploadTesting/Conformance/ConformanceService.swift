import UploadCore

/// A service under test: a backend, the server behind it, and the faults that the server can be told to have.
///
/// Each check of the suite gets the service with an empty bucket, or uses keys of its own.
public protocol ConformanceService: Sendable {
    /// A backend as after a fresh start: no connections, no tokens. It has credentials that can be renewed.
    func backend() -> any UploadBackend

    /// Replaces the faults that are yet to happen.
    func inject(_ faults: [ServiceFault])

    /// What the server holds under a key, read behind the backend's back.
    func content(of key: ObjectKey) async throws -> [UInt8]?

    /// How many bytes of an object the server received though it had acknowledged them before.
    func resentBytes(of key: ObjectKey) -> Int64
}

/// One thing that goes wrong.
public struct ServiceFault: Sendable, Equatable {
    public enum Moment: String, Sendable, CaseIterable {
        case put, begin, part, probe, find, move, remove
    }

    public enum Effect: Sendable, Equatable {
        case status(Int, retryAfter: Int? = nil, reason: String? = nil)
        /// The server does what it was asked to, and the connection ends before it says so.
        case loseAnswer
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
        /// An answer that is none.
        case garbage
        /// The answer to a finished upload has another digest than what was sent.
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
