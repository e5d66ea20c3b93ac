import Backends

/// Where a mount's files go, from the URL that the user gave.
enum DestinationURL {
    /// Schemes that are planned. They are refused by name.
    static let schemesToCome = ["gdrive", "google+https", "google+http", "box", "obs", "s3", "tus+https", "tus+http"]

    /// - Parameters:
    ///   - endpoint: the option of that name.
    /// - Throws: what is wrong with one of them, as a sentence.
    static func parse(
        _ text: String, endpoint: String?, environment: [String: String]
    ) throws(CommandFailure) -> ResolvedDestination {
        try checkScheme(text)
        do {
            let (url, isEmulator) = try GoogleStorageDestination.endpoint(option: endpoint, environment: environment)
            return ResolvedDestination(
                storage: try GoogleStorageDestination(text, endpoint: url), isEmulator: isEmulator)
        } catch {
            throw CommandFailure(.usage, error.sentence.printable)
        }
    }

    private static func checkScheme(_ text: String) throws(CommandFailure) {
        guard let separator = text.firstRange(of: "://") else {
            throw CommandFailure(.usage, "the destination '\(text.printable)' is no URL; a destination looks like gs://BUCKET/PREFIX")
        }
        let scheme = text[..<separator.lowerBound].lowercased()
        if scheme == "gs" { return }
        if schemesToCome.contains(scheme) { throw .notBuilt("the destination scheme \(scheme)://") }
        throw CommandFailure(
            .usage, "the destination '\(text.printable)' has an unknown scheme; gs://BUCKET/PREFIX is for Google Cloud Storage")
    }
}

/// A destination, and how its service was found.
struct ResolvedDestination: Sendable, Equatable {
    let storage: GoogleStorageDestination
    /// Whether `STORAGE_EMULATOR_HOST` names the service.
    let isEmulator: Bool

    /// What `findmnt` shows, and what a state directory belongs to.
    var url: String {
        storage.prefix.isEmpty ? "gs://\(storage.bucket)" : "gs://\(storage.bucket)/\(storage.prefix)"
    }
}
