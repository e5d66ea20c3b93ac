import HTTPTransport
import NIOHTTP1
import UploadCore

/// Cloud Storage whose large objects are uploaded in parallel parts, through multipart uploads of the XML API. The rest uses the JSON API.
///
/// A multipart upload takes no preconditions, so the key is looked at right before the commit; another program who writes in that very
/// moment is not noticed. The object has a CRC-32C and no MD5.
///
/// Uploads of either kind that an earlier mount left are continued and dropped, whichever kind new ones are.
public struct ParallelGoogleStorageBackend: UploadBackend, DestinationProbing {
    public let capabilities: BackendCapabilities

    private let base: GoogleStorageBackend
    private let isParallel: Bool
    private let wire: XMLMultipartWire
    private let faults: ObjectXMLFaults

    /// Part sizes and counts of cloud.google.com/storage/quotas.
    public static let parts = NumberedParts(
        lengths: (5 << 20)...(5 << 30), countMax: 10_000, parallelMax: 64, areReplaceable: true)

    /// - Parameter isParallel: false for new uploads that go through the JSON API, too.
    public init(_ base: GoogleStorageBackend, isParallel: Bool = true) {
        self.init(base, isParallel: isParallel, partSizeMin: Self.parts.lengths.lowerBound)
    }

    /// - Parameter partSizeMin: less than the service's only against a test server that takes it.
    init(_ base: GoogleStorageBackend, isParallel: Bool = true, partSizeMin: Int64) {
        self.base = base
        self.isParallel = isParallel
        var parts = Self.parts
        parts.lengths = partSizeMin...parts.lengths.upperBound
        capabilities =
            isParallel
            ? BackendCapabilities(
                granularity: 1, objectMax: base.capabilities.objectMax, singleRequestMax: base.capabilities.singleRequestMax, digest: .crc32c,
                bodyDigest: .crc32c, parts: .numbered(parts), listsSessions: true)
            : base.capabilities
        wire = XMLMultipartWire(destination: base.wire.destination, options: base.wire.options)
        faults = ObjectXMLFaults(bucket: base.wire.destination.bucket)
    }

    // MARK: By the JSON API

    public func url(of key: ObjectKey) -> String { base.url(of: key) }
    public func key(for path: SpoolPath) throws(UploadError) -> ObjectKey { try base.key(for: path) }
    public func find(_ key: ObjectKey) async throws(UploadError) -> RemoteObject? { try await base.find(key) }

    public func put(
        _ object: ObjectDescription, body: PartBody, digest: ContentDigest, bodyDigest: ContentDigest?
    ) async throws(UploadError) -> RemoteObject {
        try await base.put(object, body: body, digest: digest, bodyDigest: nil)
    }

    public func move(
        _ source: ObjectKey, version: String?, to target: ObjectKey, ledger: any SessionLedger
    ) async throws(UploadError) -> RemoteObject {
        try await base.move(source, version: version, to: target, ledger: ledger)
    }

    public func remove(_ key: ObjectKey, version: String?) async throws(UploadError) { try await base.remove(key, version: version) }

    // MARK: Multipart uploads

    public func begin(_ object: ObjectDescription) async throws(UploadError) -> UploadSession {
        guard isParallel else { return try await base.begin(object) }
        try Self.check(object)
        let response = try await accepted(wire.begin(object))
        let isEncrypted = base.wire.options.encryptionKey != nil || base.wire.options.kmsKey != nil
        let handle = MultipartHandle(id: try MultipartXML.uploadID(in: response), key: object.key, hasOpaqueTags: isEncrypted)
        return UploadSession(handle: handle.text, expiresAt: nil)
    }

    public func orphanedSessions(_ begin: SessionBegin) async throws(UploadError) -> [UploadSession] {
        try await OrphanedUploads(begin).find { place throws(UploadError) in
            try await accepted(wire.uploads(of: begin.key, after: place))
        } parts: { handle throws(UploadError) in
            try await accepted(wire.parts(of: handle, after: 0, limit: 1))
        }
    }

    public func identity(of session: UploadSession) -> String { (try? Self.handle(session))?.id ?? session.handle }

    /// What goes into headers and cannot be there as it is; the JSON API takes any text.
    private static func check(_ object: ObjectDescription) throws(UploadError) {
        try object.checkContentType()
        let isPlain = { (text: String) in text.utf8.allSatisfy { (0x20...0x7E).contains($0) } }
        guard object.metadata.allSatisfy({ PercentEncoding.encode($0.key) == $0.key && isPlain($0.value) }) else {
            throw UploadError(
                .rejected, "non-ASCII metadata is not supported with parallel parts; mount with parallel_parts=1")
        }
    }

    public func probe(_ session: UploadSession, of object: ObjectDescription) async throws(UploadError) -> SessionProgress {
        guard let handle = try Self.handle(session) else { return try await base.probe(session, of: object) }
        let plan = try session.plan(of: object.size)
        var receipts: [PartReceipt] = []
        var marker: Int? = 0
        while let after = marker {
            let page = try MultipartXML.parts(in: try await accepted(wire.parts(of: handle, after: after)), after: after)
            receipts += page.receipts(of: handle, plan)
            marker = page.next
        }
        return .parts(receipts)
    }

    public func send(
        _ part: Part, of object: ObjectDescription, in session: UploadSession, body: PartBody, digest: ContentDigest?
    ) async throws(UploadError) -> SessionProgress {
        guard let handle = try Self.handle(session) else {
            return try await base.send(part, of: object, in: session, body: body, digest: digest)
        }
        let response = try await base.bearer.send(wire.send(part, handle, body: .stream(body), digest: digest))
        guard response.status == .ok else { throw ObjectXMLFaults.resendable(faults.classify(response)) }
        guard let etag = response.headers.first(name: "ETag").map(ETag.opaque), !etag.isEmpty else {
            throw UploadError(.invalidResponse, "malformed response: the uploaded part has no ETag")
        }
        let received = GoogleHash.crc32c(in: response)
        return .parts([
            PartReceipt(number: part.number, offset: part.offset, length: part.length, token: etag, digest: received)
        ])
    }

    public func commit(
        _ session: UploadSession, of object: ObjectDescription, parts: [PartReceipt], digest: ContentDigest
    ) async throws(UploadError) -> SessionProgress {
        guard let handle = try Self.handle(session) else {
            return try await base.commit(session, of: object, parts: parts, digest: digest)
        }
        if object.precondition != .none {
            let found = try await find(object.key)
            // An earlier response was lost.
            if let found, found.size == object.size, found.digest == digest { return .committed(found) }
            try object.precondition.check(found)
        }
        let etag = try MultipartXML.completedETag(in: try await accepted(wire.commit(handle, parts)))
        // The response has neither generation nor length.
        guard let found = try await find(object.key) else {
            throw UploadError(.invalidResponse, "the server completed the upload \(etag), and the object is not there")
        }
        return .committed(found)
    }

    public func abort(_ session: UploadSession) async throws(UploadError) {
        guard let handle = try Self.handle(session) else { return try await base.abort(session) }
        try await MultipartAbort(faults: faults).run {
            () async throws(UploadError) in
            try await base.bearer.send(wire.abort(handle))
        } look: {
            () async throws(UploadError) in
            try await base.bearer.send(wire.parts(of: handle, after: 0, limit: 1))
        }
    }

    /// nil for a resumable upload, which an earlier mount began without parallel parts: its handle is a URL.
    private static func handle(_ session: UploadSession) throws(UploadError) -> MultipartHandle? {
        session.handle.hasPrefix("http") ? nil : try MultipartHandle(session)
    }

    private func accepted(_ request: HTTPRequest) async throws(UploadError) -> HTTPResponse {
        let response = try await base.bearer.send(request)
        guard response.status == .ok, !ObjectXMLRefusal.isInside(response) else { throw faults.classify(response) }
        return response
    }
}
