import struct Foundation.Date

/// Speaks one protocol to one destination.
///
/// A backend turns one call into the requests that the protocol wants and classifies what comes back. It does not retry (but
/// for one refresh of a rejected token), does not wait, and keeps no state between calls but its connections and tokens: the
/// engine does all that. Every method may be called from any task, several at once.
///
/// What the engine relies on:
/// - `put`, the last `send` of a session, and `commit` create the object atomically: it is there whole or not at all.
/// - `probe` never changes anything on the server. The engine calls it after every failed or unanswered request of a session.
/// - `abort`, `remove` and `probe` may be repeated: something that is already gone counts as success.
/// - Only `.sessionGone` says that an upload session is lost. No other error may.
public protocol UploadBackend: Sendable {
    var limits: BackendLimits { get }

    /// The URL that people see for an object, such as `gs://bucket/prefix/dir/name`.
    func url(of key: ObjectKey) -> String

    /// The object's key for a path below the mount.
    /// - Throws: `invalidName` where the service can not hold such a name.
    func key(for path: SpoolPath) throws(UploadError) -> ObjectKey

    /// Creates the object in one request. `digest` is that of the whole `body`; the server refuses the body if it differs.
    func put(_ object: ObjectDescription, body: PartBody, digest: ContentDigest) async throws(UploadError) -> RemoteObject

    /// Opens an upload session.
    func begin(_ object: ObjectDescription) async throws(UploadError) -> UploadSession

    /// Asks what the server has of a session.
    func probe(_ session: UploadSession, of object: ObjectDescription) async throws(UploadError) -> SessionProgress

    /// Sends the bytes of `part`. When it ends the object, `digest` is that of the whole object.
    func send(
        _ part: Part, of object: ObjectDescription, in session: UploadSession, body: PartBody, digest: ContentDigest?
    ) async throws(UploadError) -> SessionProgress

    /// Turns a session whose bytes have all arrived into the object.
    func commit(
        _ session: UploadSession, of object: ObjectDescription, digest: ContentDigest
    ) async throws(UploadError) -> RemoteObject

    /// Tells the server to drop an unfinished session.
    func abort(_ session: UploadSession) async throws(UploadError)

    /// What the service holds under `key`; nil if nothing.
    func find(_ key: ObjectKey) async throws(UploadError) -> RemoteObject?

    /// Gives an object another key. Succeeds, too, when `source` is gone and `target` exists: an earlier try did it.
    /// - Parameter version: the version to move; a newer object of somebody else's is left alone.
    func move(_ source: ObjectKey, version: String?, to target: ObjectKey) async throws(UploadError) -> RemoteObject

    /// Removes an object; one that is already gone, or that is no longer `version`, is left alone.
    func remove(_ key: ObjectKey, version: String?) async throws(UploadError)
}

/// The name of an object at its service.
public struct ObjectKey: Hashable, Sendable {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }
}

/// What is to be uploaded, apart from the bytes.
public struct ObjectDescription: Sendable, Equatable {
    public var key: ObjectKey
    /// Length in bytes.
    public var size: Int64
    public var contentType: String
    /// Custom metadata, from `user.upload.meta.KEY`.
    public var metadata: [String: String]
    public var storageClass: String?
    public var precondition: Precondition

    public init(
        key: ObjectKey, size: Int64, contentType: String, metadata: [String: String] = [:], storageClass: String? = nil,
        precondition: Precondition = .none
    ) {
        self.key = key
        self.size = size
        self.contentType = contentType
        self.metadata = metadata
        self.storageClass = storageClass
        self.precondition = precondition
    }
}

/// What must be true of the key for the object to be created.
public enum Precondition: Sendable, Equatable {
    case none
    /// Nothing is there.
    case absent
    /// The object there is this version of it (Cloud Storage: generation).
    case version(String)
}

/// A server-side object that is being filled.
public struct UploadSession: Sendable, Equatable {
    /// What the protocol needs to go on (a session URL, an upload id). A secret: never in logs, errors or attributes.
    public let handle: String
    public let expiresAt: Date?

    public init(handle: String, expiresAt: Date?) {
        self.handle = handle
        self.expiresAt = expiresAt
    }
}

/// A range of the object that one request carries.
public struct Part: Sendable, Equatable {
    public let offset: Int64
    public let length: Int64
    /// Whether it ends the object.
    public let isLast: Bool

    public init(offset: Int64, length: Int64, isLast: Bool) {
        self.offset = offset
        self.length = length
        self.isLast = isLast
    }

    public var end: Int64 { offset + length }
}

/// What the server says it has of a session.
public enum SessionProgress: Sendable, Equatable {
    /// The first so many bytes.
    case confirmed(Int64)
    case committed(RemoteObject)
}

/// An object as its service describes it.
public struct RemoteObject: Sendable, Equatable {
    public var id: String?
    /// What a precondition names (Cloud Storage: generation).
    public var version: String?
    public var etag: String?
    /// Length in bytes, as the server counts it.
    public var size: Int64
    public var digest: ContentDigest?

    public init(id: String?, version: String?, etag: String?, size: Int64, digest: ContentDigest?) {
        self.id = id
        self.version = version
        self.etag = etag
        self.size = size
        self.digest = digest
    }
}

/// What a protocol allows, so that nothing is found out by failure.
public struct BackendLimits: Sendable {
    /// Every part but the last is a multiple of this, in bytes.
    public var granularity: Int64
    /// The largest object, in bytes.
    public var objectMax: Int64
    /// Objects up to this size go up in one request, in bytes.
    public var singleRequestMax: Int64
    /// The digest by which the service vouches for an object.
    public var digest: DigestAlgorithm

    public init(granularity: Int64, objectMax: Int64, singleRequestMax: Int64, digest: DigestAlgorithm) {
        self.granularity = granularity
        self.objectMax = objectMax
        self.singleRequestMax = singleRequestMax
        self.digest = digest
    }
}
