import Backends
import Credentials
import HTTPTransport

extension DestinationScheme {
    /// Google Cloud Storage.
    static let googleStorage = DestinationScheme(
        names: ["gs"], form: "gs://BUCKET[/PREFIX]", service: "Google Cloud Storage",
        options: [
            .service("storage_class", .text("CLASS"), "storage class of new objects, such as NEARLINE; default: the bucket's"),
            .service("kms_key", .text("NAME"), "Cloud KMS key: projects/P/locations/L/keyRings/R/cryptoKeys/K"),
            .serviceFile("encryption_key_file", "your own AES-256 key, as 32 bytes or their base64; required again to read the objects"),
            .service("cache_control", .text("TEXT"), "Cache-Control of new objects"),
            .service("acl", .text("NAME"), "predefined ACL of new objects, such as publicRead"),
        ],
        // Several parts at once cost the preconditions, so they have to be asked for.
        partSizes: .googleResumable, partSizesInParallel: .googleParallel,
        resolve: { request in
            let endpoint = try GoogleStorageDestination.endpoint(option: request.settings.endpoint, environment: request.environment)
            let storage = try GoogleStorageDestination(request.url, endpoint: endpoint.url)
            let options = try GoogleStorageOptions(request)
            return ResolvedDestination(url: storage.url, endpoint: storage.endpoint) { transport in
                let tokens = try GoogleCredentials.discover(
                    file: request.settings.credentials, environment: request.environment, endpoint: storage.endpoint,
                    isEmulator: endpoint.isEmulator, transport: transport)
                var options = options
                options.encryptionKey = try request.option("encryption_key_file").map(CustomerKey.read)
                let storageBackend = GoogleStorageBackend(destination: storage, options: options, transport: transport, tokens: tokens)
                return ParallelGoogleStorageBackend(storageBackend, isParallel: request.parallelParts > 1)
            }
        })
}

extension PartSizes {
    /// Multipart uploads of the XML API (https://cloud.google.com/storage/quotas#requests).
    fileprivate static let googleParallel = PartSizes(usual: 8 << 20, multiple: 1, range: (5 << 20)...(5 << 30))
}

extension GoogleStorageOptions {
    /// All but the key, which is a secret in a file.
    fileprivate init(_ request: DestinationRequest) throws {
        try self.init(
            storageClass: request.option("storage_class"), kmsKey: request.option("kms_key"),
            cacheControl: request.option("cache_control"), predefinedACL: request.option("acl"))
        guard kmsKey == nil || request.option("encryption_key_file") == nil else {
            throw CommandFailure(.usage, "kms_key and encryption_key_file cannot be used together: an object is encrypted with one key")
        }
        if let header = request.settings.extraHeaders.first(where: { $0.name.lowercased().hasPrefix("x-goog-encryption-") }) {
            throw CommandFailure(.usage, "the option extra_header cannot set \(header.name): use encryption_key_file=FILE")
        }
    }
}
