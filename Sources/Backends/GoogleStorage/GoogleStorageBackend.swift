import Credentials
import struct Foundation.Date
import HTTPTransport
import NIOHTTP1
import UploadCore

/// Google Cloud Storage by its JSON API: multipart uploads for small objects, resumable ones for the others.
///
/// The API's names for things: an upload session is a "resumable upload" behind a "session URI", a part is a "chunk", a version
/// is a "generation".
public struct GoogleStorageBackend: UploadBackend {
    public let capabilities: BackendCapabilities

    let wire: GoogleStorageWire
    let bearer: BearerTransport
    let faults: GoogleFaults
    private let now: @Sendable () -> Date

    /// Above this, Google's own libraries switch to resumable uploads, too.
    public static let singleRequestMax: Int64 = 8 << 20
    /// Content up to this size is put together in memory, which saves the two additional writes and the watchdog of a stream.
    static let collectedMax: Int64 = 64 << 10

    public init(
        destination: GoogleStorageDestination, options: GoogleStorageOptions = .none, transport: any HTTPTransport, tokens: any TokenSource,
        singleRequestMax: Int64 = singleRequestMax, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        capabilities = BackendCapabilities(
            granularity: 256 << 10, objectMax: 5 << 40, singleRequestMax: singleRequestMax, digest: .crc32c, alwaysHasDigest: true)
        wire = GoogleStorageWire(destination: destination, options: options)
        bearer = BearerTransport(transport: transport, tokens: tokens, hosts: ServiceHosts(destination.endpoint))
        faults = GoogleFaults(missing: UploadError(.noSuchBucket, "the bucket \(destination.bucket) does not exist"))
        self.now = now
    }

    public func url(of key: ObjectKey) -> String {
        "gs://\(wire.destination.bucket)/\(key.text)"
    }

    public func key(for path: SpoolPath) throws(UploadError) -> ObjectKey {
        try GoogleStorageKey.make(path, prefix: wire.destination.prefix)
    }

    public func put(
        _ object: ObjectDescription, body: PartBody, digest: ContentDigest, bodyDigest: ContentDigest?
    ) async throws(UploadError) -> RemoteObject {
        try object.checkContentType()
        let boundary = MultipartBody.randomBoundary()
        let multipart = MultipartBody(
            description: ObjectJSON.describing(object, wire.options, digest: digest), contentType: object.contentType, boundary: boundary)
        let content = try await multipart.body(around: body, collectedMax: Self.collectedMax)
        let response = try await bearer.send(wire.put(object, body: content, boundary: boundary))
        guard response.status == .ok || response.status == .created else { throw faults.classify(response, about: .container) }
        return try ObjectJSON.object(in: response)
    }
}

// MARK: Sessions

extension GoogleStorageBackend {
    public func begin(_ object: ObjectDescription) async throws(UploadError) -> UploadSession {
        try object.checkContentType()
        let expiry = SessionExpiry(openedAt: now())
        let response = try await bearer.send(wire.begin(object))
        return try responses.session(in: response, hosts: bearer.hosts, expiresAt: expiry)
    }

    public func probe(_ session: UploadSession, of object: ObjectDescription) async throws(UploadError) -> SessionProgress {
        let response = try await bearer.send(wire.probe(session))
        let progress = try responses.progress(in: response, sentEnd: object.size ?? .max, mayBeComplete: true)
        // The question does not carry the customer's key, and the service hides the digest from a request without it.
        guard wire.options.encryptionKey != nil, case .committed(let made) = progress, made.digest == nil,
            let found = try await find(object.key), found.version == made.version
        else { return progress }
        return .committed(found)
    }

    public func send(
        _ part: Part, of object: ObjectDescription, in session: UploadSession, body: PartBody, digest: ContentDigest?
    ) async throws(UploadError) -> SessionProgress {
        let request = wire.send(part, of: object, in: session, body: .stream(body), digest: part.isLast ? digest : nil)
        let response = try await bearer.send(request)
        return try responses.progress(in: response, sentEnd: part.end, mayBeComplete: part.isLast)
    }

    public func commit(
        _ session: UploadSession, of object: ObjectDescription, parts: [PartReceipt], digest: ContentDigest
    ) async throws(UploadError) -> SessionProgress {
        let response = try await bearer.send(wire.commit(session, of: object, digest: digest))
        return .committed(try responses.committed(in: response, size: object.size ?? 0))
    }

    public func abort(_ session: UploadSession) async throws(UploadError) {
        try responses.aborted(try await bearer.send(wire.abort(session)))
    }

    private var responses: SessionResponses { SessionResponses(faults: faults, object: ObjectJSON.object) }
}
