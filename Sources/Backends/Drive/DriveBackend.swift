import Credentials
import struct Foundation.Date
import HTTPTransport
import NIOHTTP1
import UploadCore

/// Google Drive by its API, version 3: multipart uploads for small files, resumable ones for the others.
///
/// An object's key is a path of names below the destination's folder. The service knows files by ids, and lets any number of them have
/// one name; which is the one, and that there is no second one, is seen to here: a new file gets an id that the service generated and the
/// engine stored before the first request, so that a request whose response was lost can be repeated. A file that is there is given new
/// content, and keeps its id.
public struct DriveBackend: UploadBackend {
    public let capabilities = BackendCapabilities(
        granularity: 256 << 10, objectMax: 5120 << 30, singleRequestMax: singleRequestMax, digest: .sha256, alwaysHasDigest: true,
        updatesInPlace: true)

    /// "5 MB or less" (developers.google.com/drive/api/guides/manage-uploads), and a round number.
    public static let singleRequestMax: Int64 = 4 << 20
    /// Content up to this size is put together in memory, which saves the two additional writes and the watchdog of a stream.
    static let collectedMax: Int64 = 64 << 10

    let destination: DriveDestination
    let client: DriveClient
    let folders: DriveFolders
    let ids: DriveIDs
    let cap: DriveUploadCap
    let now: @Sendable () -> Date

    public init(
        destination: DriveDestination, transport: any HTTPTransport, tokens: any TokenSource,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.destination = destination
        self.now = now
        cap = DriveUploadCap(now: now)
        client = DriveClient(
            wire: DriveWire(endpoint: destination.endpoint),
            bearer: BearerTransport(
                transport: transport, tokens: tokens, hosts: ServiceHosts(destination.endpoint)),
            faults: GoogleFaults(
                missing: UploadError(.noSuchBucket, "the folder \(destination.folder) does not exist, or is not shared with this account")))
        ids = DriveIDs(client: client)
        folders = DriveFolders(root: destination.folder, client: client, ids: ids, now: now)
    }

    var wire: DriveWire { client.wire }
    var faults: GoogleFaults { client.faults }

    public func url(of key: ObjectKey) -> String { "gdrive://\(destination.folder)/\(key.text)" }

    public func key(for path: SpoolPath) throws(UploadError) -> ObjectKey {
        try DriveKey.make(path, below: destination.path)
    }

    /// New content for a file needs no id.
    public func reserve(_ object: ObjectDescription) async throws(UploadError) -> String? {
        if case .version = object.precondition { return nil }
        return try await ids.next()
    }

    public func put(
        _ object: ObjectDescription, body: PartBody, digest: ContentDigest, bodyDigest: ContentDigest?
    ) async throws(UploadError) -> RemoteObject {
        try check(object)
        let target = try await target(of: object)
        let boundary = MultipartBody.randomBoundary()
        let multipart = MultipartBody(
            description: wire.describing(target, object), contentType: object.contentType, boundary: boundary)
        let content = try await multipart.body(around: body, collectedMax: Self.collectedMax)
        let response = try await upload(wire.put(target, body: content, boundary: boundary))
        if response.status == .conflict, let made = try await madeBefore(object, digest) { return made }
        guard response.status == .ok || response.status == .created else { throw await refusal(response, target, object) }
        return try await updated(try DriveFile(response), object)
    }

    /// Sends a request that begins or carries an upload, unless the account has used up what it may upload in a day.
    func upload(_ request: HTTPRequest) async throws(UploadError) -> HTTPResponse {
        try cap.check()
        let response = try await client.bearer.send(request)
        try cap.note(response)
        return response
    }

    /// The file that an earlier request made under our id, if it has this content.
    private func madeBefore(_ object: ObjectDescription, _ digest: ContentDigest) async throws(UploadError) -> RemoteObject? {
        guard let id = object.reservation, let file = try await client.file(id), let made = file.object else { return nil }
        guard made.size == object.size, made.digest == digest else { return nil }
        return try await settled(file, object.key)
    }

    func check(_ object: ObjectDescription) throws(UploadError) {
        try object.checkContentType()
        if object.contentType.lowercased().hasPrefix(DriveFile.applicationPrefix) {
            throw UploadError(.rejected, "Drive would convert a file of the type \(object.contentType); set user.mime_type to another type")
        }
        for (key, value) in object.metadata where key.utf8.count + value.utf8.count > Self.propertyBytesMax {
            throw UploadError(
                .rejected, "the metadata \(key) is longer than Drive's limit of \(Self.propertyBytesMax) bytes for key and value together")
        }
    }

    /// "Maximum of 124 bytes size per property, both key and value" (developers.google.com/drive/api/guides/properties).
    private static let propertyBytesMax = 124
}
