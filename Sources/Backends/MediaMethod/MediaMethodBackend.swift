import Credentials
import struct Foundation.Date
import HTTPTransport
import NIOHTTP1
import UploadCore

/// Any Google API's media upload method: `uploadType` media, multipart and resumable.
///
/// Such a method makes a resource of each upload; names, replacing and removing are each API's own. So without
/// `MediaMethodOptions.resource`, objects are neither looked for nor moved nor removed (`capabilities.followsNames`).
public struct MediaMethodBackend: UploadBackend {
    public let capabilities: BackendCapabilities

    let wire: MediaMethodWire
    let bearer: BearerTransport
    let faults: GoogleFaults
    private let now: @Sendable () -> Date

    /// "5 MB or less" is what the guides say of uploads in one request.
    public static let singleRequestMax: Int64 = 4 << 20
    /// Content up to this size is put together in memory, which saves the two additional writes and the watchdog of a stream.
    static let collectedMax: Int64 = 64 << 10

    public init(
        destination: MediaMethodDestination, options: MediaMethodOptions, transport: any HTTPTransport, tokens: any TokenSource,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        // A POST makes a resource each time. A session can be asked what became of it; a single request cannot, unless the
        // resource can be searched for.
        let isRepeatable = options.resource != nil || options.method != "POST"
        let singleRequestMax: Int64 =
            switch options.form {
            case .auto: isRepeatable ? min(Self.singleRequestMax, options.sizeMax) : -1
            case .simple: options.sizeMax
            // Not even an empty file fits.
            case .resumable: -1
            }
        capabilities = BackendCapabilities(
            granularity: 256 << 10, objectMax: options.sizeMax, singleRequestMax: singleRequestMax,
            digest: options.digest?.algorithm ?? .crc32c, alwaysHasDigest: options.digest != nil, followsNames: options.resource != nil,
            isRepeatable: isRepeatable)
        wire = MediaMethodWire(destination: destination, options: options)
        bearer = BearerTransport(
            transport: transport, tokens: tokens, hosts: ServiceHosts([destination.uploadURL] + (options.resource?.endpoints ?? [])))
        faults = GoogleFaults(missing: UploadError(.noSuchBucket, "there is no upload method at \(destination.uploadURL)"))
        self.now = now
    }

    public func url(of key: ObjectKey) -> String { "\(wire.destination.url)#\(key.text)" }

    public func key(for path: SpoolPath) throws(UploadError) -> ObjectKey {
        guard let text = path.text else { throw UploadError(.invalidName, "the metadata cannot hold a name that is not UTF-8: \(path)") }
        return ObjectKey(text)
    }

    public func put(
        _ object: ObjectDescription, body: PartBody, digest: ContentDigest, bodyDigest: ContentDigest?
    ) async throws(UploadError) -> RemoteObject {
        try check(object)
        let response = try await bearer.send(try await request(object, body))
        guard response.status == .ok || response.status == .created else { throw faults.classify(response, about: .container) }
        return try wire.object(in: response, declared: object.size)
    }

    private func request(_ object: ObjectDescription, _ body: PartBody) async throws(UploadError) -> HTTPRequest {
        guard let metadata = wire.metadata(of: object) else { return wire.media(object, body: body) }
        let boundary = MultipartBody.randomBoundary()
        let multipart = MultipartBody(description: metadata, contentType: object.contentType, boundary: boundary)
        return wire.multipart(body: try await multipart.body(around: body, collectedMax: Self.collectedMax), boundary: boundary)
    }

    /// What the method would refuse is refused before anything is sent.
    private func check(_ object: ObjectDescription) throws(UploadError) {
        try object.checkContentType()
        guard wire.options.accepts(object.contentType) else {
            let known = wire.options.accepted.joined(separator: ", ")
            throw UploadError(.rejected, "the destination accepts only \(known), not \(object.contentType)")
        }
        if let size = object.size, size > capabilities.objectMax {
            throw UploadError(.tooLarge, "the file has \(size) bytes; the destination accepts at most \(capabilities.objectMax)")
        }
    }
}

// MARK: Sessions

extension MediaMethodBackend {
    public func begin(_ object: ObjectDescription) async throws(UploadError) -> UploadSession {
        try check(object)
        let expiry = SessionExpiry(openedAt: now())
        let response = try await bearer.send(wire.begin(object))
        return try responses(object).session(in: response, hosts: bearer.hosts, expiresAt: expiry)
    }

    public func probe(_ session: UploadSession, of object: ObjectDescription) async throws(UploadError) -> SessionProgress {
        let response = try await bearer.send(ResumableRequest.question(session))
        return try responses(object).progress(in: response, sentEnd: object.size ?? .max, mayBeComplete: true)
    }

    public func send(
        _ part: Part, of object: ObjectDescription, in session: UploadSession, body: PartBody, digest: ContentDigest?
    ) async throws(UploadError) -> SessionProgress {
        let response = try await bearer.send(ResumableRequest.part(part, of: object, in: session, body: .stream(body)))
        return try responses(object).progress(in: response, sentEnd: part.end, mayBeComplete: part.isLast)
    }

    public func commit(
        _ session: UploadSession, of object: ObjectDescription, parts: [PartReceipt], digest: ContentDigest
    ) async throws(UploadError) -> SessionProgress {
        let response = try await bearer.send(ResumableRequest.end(session, of: object))
        return .committed(try responses(object).committed(in: response, size: object.size ?? 0))
    }

    public func abort(_ session: UploadSession) async throws(UploadError) {
        try SessionResponses(faults: faults) { response throws(UploadError) in try wire.object(in: response, declared: nil) }
            .aborted(try await bearer.send(ResumableRequest.abort(session)))
    }

    private func responses(_ object: ObjectDescription) -> SessionResponses {
        SessionResponses(faults: faults) { [wire] response throws(UploadError) in try wire.object(in: response, declared: object.size) }
    }
}
