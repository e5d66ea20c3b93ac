/// How a destination is tried out by `uploadfs check`.
///
/// A backend whose service forgets an object that is removed needs no code of its own: it declares the conformance, and the
/// extension does the rest with the methods that every backend has.
public protocol DestinationProbing: Sendable {
    /// Asks something that needs the credentials and changes nothing.
    /// - Returns: what was found, for the end of a line.
    func probeAccess() async throws(UploadError) -> String

    /// Finds out whether objects can be made, and leaves nothing behind.
    /// - Returns: what was done, for the end of a line; or, beginning with "not tried", why nothing was.
    func probeWriting() async throws(UploadError) -> String

    /// What the service allows, for the end of a line.
    var limitsSummary: String { get }
}

extension DestinationProbing where Self: UploadBackend {
    public func probeAccess() async throws(UploadError) -> String {
        let key = try probeKey()
        return try await find(key) == nil ? "lookup of \(url(of: key)) succeeded" : "\(url(of: key)) exists"
    }

    public func probeWriting() async throws(UploadError) -> String {
        var object = ObjectDescription(key: try probeKey(), size: 0, contentType: ContentType.unknown, precondition: .absent)
        object.reservation = try await reserve(object)
        try await trial(of: object).run()
        return "an empty object was created and removed: \(url(of: object.key))"
    }

    /// Makes an empty object and removes it.
    package func trial(of object: ObjectDescription) -> WriteTrial {
        WriteTrial(url: url(of: object.key)) { () throws(UploadError) in
            try await put(
                object, body: PartBody(length: 0) { nil }, digest: RunningDigest(capabilities.digest).digest,
                bodyDigest: capabilities.bodyDigest.map { RunningDigest($0).digest })
        } find: { () throws(UploadError) in
            try await find(object.key)
        } remove: { made throws(UploadError) in
            try await remove(object.key, version: made.version)
        }
    }

    public var limitsSummary: String {
        let object = "objects up to \(ByteSize.format(capabilities.objectMax))"
        let single = "up to \(ByteSize.format(capabilities.singleRequestMax)) in one request"
        return "\(object); \(single), larger ones in parts of a multiple of \(ByteSize.format(capabilities.granularity))"
    }

    /// A name that no one else uses: 64 random bits.
    private func probeKey() throws(UploadError) -> ObjectKey {
        try key(for: SpoolPath("uploadfs-check-\(String(UInt64.random(in: 0 ... .max), radix: 36))"))
    }
}
