import Backends
import Credentials
import HTTPTransport
import UploadCore

/// One kind of destination: how its URL is written, which options it has apart from the general ones, and how it is resolved.
///
/// A new service is a file with one of these, and a line in `DestinationSchemes`.
struct DestinationScheme: Sendable {
    /// What may stand in front of `://`, the usual one first.
    let names: [String]
    /// The URL's form, such as `gs://BUCKET[/PREFIX]`.
    let form: String
    let service: String
    /// Made with `MountOption.service`; their values are in `MountSettings.service`.
    let options: [MountOption]
    /// How many parts of one upload are under way at once where the user does not say: 1 for services that take parts only one after the
    /// other, and where several cost something else.
    var parallelParts = 1
    /// The sizes of parts that the service accepts; nil where it chooses them itself, and `chunk_size` has no meaning.
    var partSizes: PartSizes?
    /// The same where several parts of one upload are under way at once, if that differs.
    var partSizesInParallel: PartSizes?
    /// Reads the URL and the options. Changes nothing and needs no network.
    /// - Throws: `DestinationError`, `CredentialsError` or `CommandFailure`.
    let resolve: @Sendable (DestinationRequest) throws -> ResolvedDestination

    /// The service's name alone, for sentences.
    var serviceName: String { String(service.prefix { $0 != ";" }) }

    /// `gs://`, for sentences.
    var prefix: String { "\(names.first ?? "")://" }
}

/// A destination as the user gave it.
struct DestinationRequest: Sendable {
    let url: String
    let settings: MountSettings
    let environment: [String: String]
    /// Parts of one upload at once. Set by `DestinationScheme.destination`.
    var parallelParts = 1

    /// The value of an option of the scheme's own.
    func option(_ name: String) -> String? { settings.service[name] }
}

/// A destination that can be opened.
struct ResolvedDestination: Sendable {
    /// What `findmnt` shows, and what a state directory belongs to: the same for every way to write it.
    let url: String
    /// Base URL of the service. Its host gets the headers of `extra_header`.
    let endpoint: String
    /// Other hosts of the service that get them, too; one that begins with a dot stands for all whose names end so.
    var otherHosts: [String] = []
    /// Length of a part, in bytes, where an option of the scheme says it.
    var partSizeChosen: Int64?
    /// Length of a part, in bytes; the service's own choice may differ. Set by `DestinationScheme.destination`, as what follows.
    var chunkSize: Int64 = 8 << 20
    /// Parts of one upload at once.
    var parallelParts = 1
    /// Reads the credentials and makes the backend. Needs no network.
    /// - Throws: as `DestinationScheme.resolve`.
    let open: @Sendable (any HTTPTransport) throws -> any CheckableBackend
}

/// What every scheme's backend can do: upload, and be tried out by `uploadfs check`.
typealias CheckableBackend = UploadBackend & DestinationProbing
