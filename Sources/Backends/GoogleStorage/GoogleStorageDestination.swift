import UploadCore

/// A bucket, a prefix in it, and the service that has it.
public struct GoogleStorageDestination: Sendable, Equatable {
    public let bucket: String
    /// What every key begins with, without slashes at its ends; may be empty.
    public let prefix: String
    /// Base URL of the service, without a slash at its end.
    public let endpoint: String

    public static let defaultEndpoint = "https://storage.googleapis.com"

    public init(bucket: String, prefix: String, endpoint: String = defaultEndpoint) {
        self.bucket = bucket
        self.prefix = prefix
        self.endpoint = endpoint
    }

    /// As `findmnt` shows it: the same for every way to write it.
    public var url: String { prefix.isEmpty ? "gs://\(bucket)" : "gs://\(bucket)/\(prefix)" }

    /// - Parameters:
    ///   - text: `gs://BUCKET[/PREFIX]`.
    ///   - endpoint: base URL of the service, as `endpoint(option:environment:)` gives it.
    public init(_ text: String, endpoint: String = defaultEndpoint) throws(DestinationError) {
        guard text.lowercased().hasBytes(prefix: "gs://") else {
            throw DestinationError("\(text) is not a Cloud Storage destination; write gs://BUCKET or gs://BUCKET/PREFIX")
        }
        let parts = text.dropping(bytes: 5).pieces(at: "/", maxSplits: 1)
        guard let bucket = parts.first, Self.isBucketName(bucket) else {
            throw DestinationError(
                "\(text) names no bucket: a bucket's name has 3 to 222 lower-case letters, digits, dots, dashes and underscores")
        }
        let prefix = parts.count > 1 ? parts[1].trimmed("/") : ""
        if let reason = GoogleStorageKey.objection(to: prefix) {
            throw DestinationError("the prefix in \(text) cannot be used: \(reason)")
        }
        self.init(bucket: bucket, prefix: prefix, endpoint: endpoint)
    }

    /// Where the service is: the option `endpoint=`, else `STORAGE_EMULATOR_HOST`, else Google's own.
    public static func endpoint(
        option: String?, environment: [String: String]
    ) throws(DestinationError) -> (url: String, isEmulator: Bool) {
        if let option { return (try ServiceURL.base(option), false) }
        guard let emulator = environment["STORAGE_EMULATOR_HOST"], !emulator.isEmpty else { return (defaultEndpoint, false) }
        let url = emulator.contains("://") ? emulator : "http://\(emulator)"
        return (try ServiceURL.base(url, from: "STORAGE_EMULATOR_HOST"), true)
    }

    private static func isBucketName(_ name: String) -> Bool {
        let isAlphanumeric = { (character: Character) in
            character.isASCII && (character.isLowercase || character.isNumber)
        }
        guard (3...222).contains(name.utf8.count), let first = name.first, let last = name.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last) && name.allSatisfy { isAlphanumeric($0) || ".-_".contains($0) }
    }
}

/// Why a destination cannot be used: one sentence for stderr at mount.
public struct DestinationError: Error, Equatable, CustomStringConvertible {
    public let sentence: String

    public init(_ sentence: String) {
        self.sentence = sentence
    }

    public var description: String { sentence }
}
