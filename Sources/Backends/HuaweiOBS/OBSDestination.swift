import struct Foundation.URLComponents
import UploadCore

/// A bucket, a prefix in it, and the service that has it.
public struct OBSDestination: Sendable, Equatable {
    public let bucket: String
    /// What every key begins with, without slashes at its ends; may be empty.
    public let prefix: String
    /// Base URL of the service, without the bucket and without a slash at its end.
    public let endpoint: String
    /// Whether the bucket stands in the path instead of the host's name.
    public let isPathStyle: Bool

    public init(bucket: String, prefix: String, endpoint: String, isPathStyle: Bool) {
        self.bucket = bucket
        self.prefix = prefix
        self.endpoint = endpoint
        self.isPathStyle = isPathStyle
    }

    /// - Parameters:
    ///   - text: `obs://BUCKET[/PREFIX]`.
    ///   - endpoint: the option `endpoint=URL`.
    ///   - region: the option `region=NAME`, such as `cn-north-4`; names the service where `endpoint` does not.
    ///   - pathStyle: the option `path_style`. A host that is an address has no names below it, so that it is always in path style.
    public init(_ text: String, endpoint: String?, region: String?, pathStyle: Bool) throws(DestinationError) {
        guard text.lowercased().hasBytes(prefix: "obs://") else {
            throw DestinationError("\(text) is not an OBS destination; write obs://BUCKET or obs://BUCKET/PREFIX")
        }
        let parts = text.dropping(bytes: 6).pieces(at: "/", maxSplits: 1)
        guard let bucket = parts.first, Self.isBucketName(bucket) else {
            throw DestinationError("\(text) names no bucket: a bucket's name has 3 to 63 lower-case letters, digits, dots and dashes")
        }
        let prefix = parts.count > 1 ? parts[1].trimmed("/") : ""
        if let reason = OBSKey.objection(to: prefix) { throw DestinationError("the prefix in \(text) cannot be used: \(reason)") }
        let service = try Self.service(endpoint, region)
        self.init(bucket: bucket, prefix: prefix, endpoint: service.url, isPathStyle: pathStyle || service.isAddress)
    }

    /// The host that has the bucket's name in front; nil in path style.
    public var bucketHost: String? {
        isPathStyle ? nil : URLComponents(string: endpoint)?.host.map { "\(bucket).\($0)" }
    }

    /// The destination as it is shown.
    public var url: String { prefix.isEmpty ? "obs://\(bucket)" : "obs://\(bucket)/\(prefix)" }

    private static func service(_ endpoint: String?, _ region: String?) throws(DestinationError) -> (url: String, isAddress: Bool) {
        guard let endpoint else {
            guard let region else { throw DestinationError("an OBS destination needs the option region=NAME or endpoint=URL") }
            guard !region.isEmpty, region.utf8.allSatisfy({ isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }) else {
                throw DestinationError("invalid region '\(region)'; a region looks like cn-north-4")
            }
            return ("https://obs.\(region).myhuaweicloud.com", false)
        }
        let base = try ServiceURL.base(endpoint)
        guard let url = URLComponents(string: endpoint), let host = url.host, ["", "/"].contains(url.path) else {
            throw DestinationError("the option endpoint must not have a path: write https://HOST or http://HOST:PORT")
        }
        let isAddress = host.contains(":") || host.split(separator: ".").allSatisfy { UInt8($0) != nil }
        return (base, isAddress)
    }

    private static func isBucketName(_ name: String) -> Bool {
        guard (3...63).contains(name.utf8.count), let first = name.utf8.first, let last = name.utf8.last else { return false }
        return isLetterOrDigit(first) && isLetterOrDigit(last)
            && name.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
