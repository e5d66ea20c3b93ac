import Credentials
import struct Foundation.Date
import struct Foundation.UUID
import HTTPTransport
import NIOHTTP1
import UploadCore

/// Huawei's Object Storage Service by its own API and signature: one request for small objects, parts for the others.
///
/// The service takes no preconditions for new objects. What must be true of a key is looked up right before the request that
/// makes the object; another program who writes in the moment between is not noticed.
public struct HuaweiOBSBackend: UploadBackend {
    public let capabilities: BackendCapabilities

    let destination: OBSDestination
    let wire: OBSWire
    let transport: OBSTransport
    let faults: ObjectXMLFaults
    /// The largest object that one request copies, in bytes.
    let copyMax: Int64

    /// Part sizes and counts of the API reference, "Uploading Parts".
    public static let parts = NumberedParts(
        lengths: (100 << 10)...(5 << 30), countMax: 10_000, parallelMax: 64, areReplaceable: true)
    /// The largest object that parts can make, in bytes.
    static let objectMax = Int64(parts.countMax) * parts.lengths.upperBound
    /// Content up to this size is put together in memory.
    static let collectedMax: Int64 = 64 << 10
    /// What Huawei's own client sends in one part, in bytes.
    public static let partSizeDefault: Int64 = 9 << 20

    public init(
        destination: OBSDestination, options: OBSOptions = .none, transport: any HTTPTransport, keys: any TokenSource,
        singleRequestMax: Int64 = partSizeDefault, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.init(
            destination: destination, options: options, transport: transport, keys: keys, singleRequestMax: singleRequestMax,
            copyMax: Self.parts.lengths.upperBound, now: now)
    }

    /// - Parameter copyMax: less than the service's in tests that are to copy part by part.
    init(
        destination: OBSDestination, options: OBSOptions = .none, transport: any HTTPTransport, keys: any TokenSource,
        singleRequestMax: Int64 = partSizeDefault, copyMax: Int64, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.copyMax = copyMax
        capabilities = BackendCapabilities(
            granularity: 1, objectMax: Self.objectMax, singleRequestMax: singleRequestMax, digest: .crc64, bodyDigest: .md5,
            parts: .numbered(Self.parts), listsSessions: true)
        self.destination = destination
        wire = OBSWire(bucket: destination.bucket, options: options)
        self.transport = OBSTransport(destination: destination, transport: transport, keys: keys, now: now)
        faults = ObjectXMLFaults(bucket: destination.bucket)
    }

    public func url(of key: ObjectKey) -> String { "obs://\(destination.bucket)/\(key.text)" }

    public func key(for path: SpoolPath) throws(UploadError) -> ObjectKey { try OBSKey.make(path, prefix: destination.prefix) }

    /// The token in the object's metadata: 128 random bits.
    public func reserve(_ object: ObjectDescription) async throws(UploadError) -> String? {
        UUID().uuidString.lowercased().filter { $0 != "-" }
    }

    public func put(
        _ object: ObjectDescription, body: PartBody, digest: ContentDigest, bodyDigest: ContentDigest?
    ) async throws(UploadError) -> RemoteObject {
        try Self.check(object)
        // What a first contact finds is replaced in any case: a question beforehand would only double the requests for small files.
        if case .version = object.precondition { try object.precondition.check(try await find(object.key)) }
        let content = try await body.asRequestBody(collectedMax: Self.collectedMax)
        let response = try await transport.send(wire.put(object, body: content, digest: digest, bodyDigest: bodyDigest))
        guard response.status == .ok else { throw faults.classify(response) }
        guard let etag = response.headers.first(name: "ETag").map(ETag.opaque), !etag.isEmpty else { throw Self.noObject }
        return made(object, etag: etag, digest: OBSChecksum.digest(in: response), size: object.size ?? body.length)
    }

    /// The object that a response says was made.
    func made(_ object: ObjectDescription, etag: String, digest: ContentDigest?, size: Int64) -> RemoteObject {
        RemoteObject(
            id: nil, version: OBSVersion(etag: etag, token: object.reservation).text, etag: etag, size: size, digest: digest,
            reservation: object.reservation)
    }

    static var noObject: UploadError { UploadError(.invalidResponse, "malformed response: no description of the object") }

    /// What goes into headers and cannot be there as it is, or what the service would drop.
    static func check(_ object: ObjectDescription) throws(UploadError) {
        try object.checkContentType()
        if let storageClass = object.storageClass, !OBSOptions.isStorageClass(storageClass) {
            let known = OBSOptions.storageClasses.joined(separator: ", ")
            throw UploadError(.rejected, "OBS has no such storage class; set user.upload.storage_class to one of \(known)")
        }
        if object.metadata.keys.contains(where: { $0.lowercased() == OBSWire.tokenName }) {
            throw UploadError(.rejected, "the metadata \(OBSWire.tokenName) is used by uploadfs itself; give it another name")
        }
    }
}
