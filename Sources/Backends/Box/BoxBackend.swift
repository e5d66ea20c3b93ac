import Credentials
import struct Foundation.Date
import HTTPTransport
import NIOHTTP1
import UploadCore

/// Box: direct uploads for small files, upload sessions for the others; a file that is there gets a new version.
///
/// The API knows folders and files by id. A key is the path below the destination's folder; folders are made as they are needed, and
/// their ids remembered.
public struct BoxBackend: NameFoldingBackend {
    public let capabilities: BackendCapabilities

    let destination: BoxDestination
    let wire: BoxWire
    let bearer: BearerTransport
    let faults = BoxFaults()
    let names: BoxNames
    let clashes: BoxClashes
    let folders: BoxFolders
    let commitTimeout: BoxCommitTimeout

    /// "For file sizes over 50MB we recommend using the Chunk Upload APIs" (developer.box.com, "Upload file").
    public static let singleRequestMax: Int64 = 50_000_000
    /// The parts of the service's sessions have this length or more.
    public static let partSizeMin: Int64 = 8 << 20
    /// Content up to this size is put together in memory, which saves the two additional writes and the watchdog of a stream.
    static let collectedMax: Int64 = 64 << 10

    /// - Parameter partSizeMin: the service chooses the length of parts; this is the least that it is known to choose.
    public init(
        destination: BoxDestination, transport: any HTTPTransport, tokens: any TokenSource, singleRequestMax: Int64 = singleRequestMax,
        partSizeMin: Int64 = partSizeMin, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        // The largest file depends on the account; the service says so when a session is opened.
        capabilities = BackendCapabilities(
            granularity: 1, objectMax: 5 << 40, singleRequestMax: singleRequestMax, digest: .sha1, alwaysHasDigest: true, bodyDigest: .sha1,
            parts: .numbered(NumberedParts(lengths: partSizeMin...(5 << 30), countMax: 10_000, parallelMax: 16, areReplaceable: false)),
            updatesInPlace: true)
        self.destination = destination
        wire = BoxWire(endpoints: destination.endpoints)
        bearer = BearerTransport(
            transport: transport, tokens: tokens, hosts: ServiceHosts(destination.endpoints.api, destination.endpoints.upload))
        names = BoxNames(wire: wire, bearer: bearer, faults: faults)
        clashes = BoxClashes(destination: destination, now: now)
        folders = BoxFolders(root: destination.folderID, names: names, clashes: clashes)
        commitTimeout = BoxCommitTimeout(now: now)
    }

    public func use(_ names: any LocalNames) { clashes.use(names) }

    public func url(of key: ObjectKey) -> String { "box://\(destination.folderID)/\(key.text)" }

    public func key(for path: SpoolPath) throws(UploadError) -> ObjectKey {
        try BoxName.key(for: path, below: destination.path)
    }

    public func put(
        _ object: ObjectDescription, body: PartBody, digest: ContentDigest, bodyDigest: ContentDigest?
    ) async throws(UploadError) -> RemoteObject {
        let place = try await place(for: object)
        let boundary = MultipartBody.randomBoundary()
        let multipart = MultipartBody(
            descriptionField: "attributes", description: BoxJSON.text(BoxJSON.NewFile(object, at: place)), fileField: "file", boundary: boundary)
        let content = try await multipart.body(around: body, collectedMax: Self.collectedMax)
        let response = try await bearer.send(wire.put(object, to: place, body: content, boundary: boundary, sha1: digest))
        guard response.status == .created || response.status == .ok else { throw try await refusal(response, object, place) }
        return try BoxJSON.uploaded(in: response)
    }

    // MARK: Places

    /// Where the object goes to: its folder, or the file that it replaces.
    func place(for object: ObjectDescription) async throws(UploadError) -> BoxPlace {
        switch object.precondition {
        case .version(let text):
            guard let version = BoxVersion(text) else { throw UploadError(.conflict, "the file to be replaced is no longer known") }
            return .version(id: version.id, etag: version.etag)
        case .absent: return .new(folder: try await folders.make(object.key.boxFolders))
        case .none:
            if let item = try await lookUp(object.key) { return .version(id: item.id, etag: nil) }
            return .new(folder: try await folders.make(object.key.boxFolders))
        }
    }

    /// What a refused request to make a file means. The folder that was remembered may have been removed since.
    func refusal(_ response: HTTPResponse, _ object: ObjectDescription, _ place: BoxPlace) async throws(UploadError) -> UploadError {
        guard case .new = place else { return faults.classify(response, about: .file) }
        let error = named(object.key, faults.classify(response, about: .name(object.key.boxName)), response)
        guard error.code == .noSuchBucket, !object.key.boxFolders.isEmpty else { return error }
        await folders.forget(object.key.boxFolders)
        return UploadError(.serverFault, "a folder was removed by another program; it is created again")
    }

    /// The error of a refused request, unless it was refused because Box confuses the object's name with another one.
    func named(_ key: ObjectKey, _ error: UploadError, _ response: HTTPResponse) -> UploadError {
        guard response.status == .conflict, error.code == .invalidName, let existing = BoxRefusal(response).conflict?.name, existing != key.boxName
        else { return error }
        return clashes.error(key.names, existing: existing)
    }
}
