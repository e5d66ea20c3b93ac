import UploadCore

/// The properties of a method that differ from API to API.
public struct MediaMethodOptions: Sendable, Equatable {
    /// Which of the three forms of an upload are used.
    public enum Form: String, Sendable, CaseIterable {
        /// One request for small files, if a lost response to it can make no second resource; a session for the others.
        case auto
        /// One request for every file.
        case simple
        /// A session for every file.
        case resumable
    }

    /// Where the digest of the content stands in the response, and in which algorithm. It may be in hexadecimal or base64.
    public struct Digest: Sendable, Equatable {
        public let algorithm: DigestAlgorithm
        public let path: JSONPath

        /// - Parameter text: `md5:picture.md5Hash`; the algorithm is one of crc32c, md5, sha1, sha256.
        public init(_ text: String) throws(DestinationError) {
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2, let algorithm = DigestAlgorithm(rawValue: parts[0]), algorithm != .crc64 else {
                throw DestinationError(
                    "invalid digest location '\(text)'; use ALGORITHM:PLACE with crc32c, md5, sha1 or sha256, such as md5:picture.md5Hash")
            }
            self.algorithm = algorithm
            path = try JSONPath(parts[1])
        }
    }

    /// POST, PUT or PATCH: of the request that begins an upload, or is all of it.
    public var method: String
    /// Nil for no metadata.
    public var metadata: MetadataTemplate?
    public var form: Form
    /// The largest file, in bytes.
    public var sizeMax: Int64
    /// Types of content, such as `image/*`; empty for all.
    public var accepted: [String]
    public var idPath: JSONPath
    /// Nil where the response does not have the size.
    public var sizePath: JSONPath?
    public var digest: Digest?
    public var resource: MediaMethodResource?

    /// - Parameters:
    ///   - metadata: JSON with fields (`MetadataTemplate`); nil for `{"name": "{name}"}`, the empty text for none.
    ///   - resource: how objects are found, changed and removed; nil where that cannot be done.
    public init(
        method: String = "POST", metadata: String? = nil, form: Form = .auto, sizeMax: Int64? = nil, accepted: [String] = [],
        idPath: String = "id", sizePath: String? = nil, digest: String? = nil, resource: MediaMethodResource? = nil
    ) throws(DestinationError) {
        guard ["POST", "PUT", "PATCH"].contains(method) else {
            throw DestinationError("the method must be POST, PUT or PATCH, not '\(method)'")
        }
        if let pattern = accepted.first(where: { $0.pieces(at: "/").count != 2 || $0.contains(byte: " ") }) {
            throw DestinationError("invalid content type '\(pattern)'; use a type such as image/png or image/*")
        }
        self.method = method
        if let metadata { self.metadata = metadata.isEmpty ? nil : try MetadataTemplate(metadata) } else { self.metadata = .usual }
        self.form = form
        self.sizeMax = sizeMax ?? Self.sizeUnlimited
        self.accepted = accepted
        self.idPath = try JSONPath(idPath)
        if let sizePath { self.sizePath = try JSONPath(sizePath) } else { self.sizePath = nil }
        if let digest { self.digest = try Digest(digest) } else { self.digest = nil }
        self.resource = resource
    }

    /// The default; no Google API accepts as much.
    static let sizeUnlimited: Int64 = 64 << 40

    /// Whether the method takes content of this type.
    func accepts(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" }.lowercased()
        return accepted.isEmpty
            || accepted.contains { pattern in
                let pattern = pattern.lowercased()
                return pattern == "*/*" || (pattern.hasSuffix("/*") ? type.hasPrefix(pattern.dropLast()) : type == pattern)
            }
    }
}
