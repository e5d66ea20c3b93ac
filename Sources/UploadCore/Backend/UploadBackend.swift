/// Speaks one protocol to one destination.
///
/// A backend turns one call into the requests that the protocol wants and classifies what comes back. It does not retry (but
/// for one refresh of a rejected token), does not wait, and keeps no state between calls but its connections, tokens, and what
/// it knows of folders: the engine does all that. Every method may be called from any task, several at once.
///
/// What the engine relies on:
/// - `put`, the last `send` of a session that goes by offset, and `commit` create the object atomically: it is there whole or
///   not at all.
/// - `probe` never changes anything on the server. The engine calls it after every request of a session that failed or had no response.
/// - `abort`, `remove` and `probe` may be repeated: something that is already gone counts as success.
/// - Only `.sessionGone` says that an upload session is lost. No other error may.
public protocol UploadBackend: Sendable {
    var capabilities: BackendCapabilities { get }

    /// The URL that people see for an object, such as `gs://bucket/prefix/dir/name`.
    func url(of key: ObjectKey) -> String

    /// The object's key for a path below the mount.
    /// - Throws: `invalidName` where the service cannot hold such a name.
    func key(for path: SpoolPath) throws(UploadError) -> ObjectKey

    /// What the client may choose before the object exists, so that it can be recognised after a lost response: an id, or a
    /// token among the object's metadata. It is stored before the first request that may create the object, and comes back as
    /// the description's `reservation`. nil where the protocol has no use for one.
    func reserve(_ object: ObjectDescription) async throws(UploadError) -> String?

    /// Creates the object in one request.
    /// - Parameters:
    ///   - digest: that of the whole `body`, in the algorithm of `capabilities.digest`; the server refuses the body if it differs.
    ///   - bodyDigest: the same in the algorithm of `capabilities.bodyDigest`, where there is one.
    func put(
        _ object: ObjectDescription, body: PartBody, digest: ContentDigest, bodyDigest: ContentDigest?
    ) async throws(UploadError) -> RemoteObject

    /// Opens an upload session.
    func begin(_ object: ObjectDescription) async throws(UploadError) -> UploadSession

    /// Asks what the server has of a session.
    func probe(_ session: UploadSession, of object: ObjectDescription) async throws(UploadError) -> SessionProgress

    /// Sends the bytes of `part`.
    /// - Parameter digest: where the session goes by offset, that of the whole object when the part ends it, else nil; where
    ///   it takes numbered parts, that of the part, in the algorithm of `capabilities.bodyDigest`.
    func send(
        _ part: Part, of object: ObjectDescription, in session: UploadSession, body: PartBody, digest: ContentDigest?
    ) async throws(UploadError) -> SessionProgress

    /// Turns a session whose bytes have all arrived into the object.
    /// - Parameter parts: the receipts of all numbered parts, in order; empty where the session goes by offset.
    /// - Returns: `committed`, or `committing` while the service has not put the parts together.
    func commit(
        _ session: UploadSession, of object: ObjectDescription, parts: [PartReceipt], digest: ContentDigest
    ) async throws(UploadError) -> SessionProgress

    /// Has the server drop an unfinished session.
    func abort(_ session: UploadSession) async throws(UploadError)

    /// The sessions that a request whose response was lost may have opened: for exactly its key, in its time by the service's clock,
    /// and without a part. Asked only where `capabilities.listsSessions`.
    func orphanedSessions(_ begin: SessionBegin) async throws(UploadError) -> [UploadSession]

    /// What distinguishes a session from every other, whoever has listed it.
    func identity(of session: UploadSession) -> String

    /// What the service holds under `key`; nil if nothing.
    func find(_ key: ObjectKey) async throws(UploadError) -> RemoteObject?

    /// Gives an object another key. Succeeds, too, when `source` is gone and `target` exists: an earlier try did it.
    /// - Parameters:
    ///   - version: the version to move; a newer object of another program's is left alone.
    ///   - ledger: gets the sessions that the move opens.
    func move(
        _ source: ObjectKey, version: String?, to target: ObjectKey, ledger: any SessionLedger
    ) async throws(UploadError) -> RemoteObject

    /// Removes an object; one that is already gone, or that is no longer `version`, is left alone.
    func remove(_ key: ObjectKey, version: String?) async throws(UploadError)
}

extension UploadBackend {
    public func reserve(_ object: ObjectDescription) async throws(UploadError) -> String? { nil }
    public func orphanedSessions(_ begin: SessionBegin) async throws(UploadError) -> [UploadSession] { [] }
    public func identity(of session: UploadSession) -> String { session.handle }

    public func move(_ source: ObjectKey, version: String?, to target: ObjectKey) async throws(UploadError) -> RemoteObject {
        try await move(source, version: version, to: target, ledger: NoSessionLedger())
    }
}
