/// What is to be uploaded, apart from the bytes.
public struct ObjectDescription: Sendable, Equatable {
    public var key: ObjectKey
    /// Length in bytes; nil while the end of the data is not known, which only sessions that go by offset can take.
    public var size: Int64?
    public var contentType: String
    /// When the content was last changed, in nanoseconds since 1970; nil if that means nothing.
    public var modified: Int64?
    /// Custom metadata, from `user.upload.meta.KEY`.
    public var metadata: [String: String]
    public var storageClass: String?
    public var precondition: Precondition
    /// What `UploadBackend.reserve` chose.
    public var reservation: String?

    public init(
        key: ObjectKey, size: Int64?, contentType: String, modified: Int64? = nil, metadata: [String: String] = [:],
        storageClass: String? = nil, precondition: Precondition = .none, reservation: String? = nil
    ) {
        self.key = key
        self.size = size
        self.contentType = contentType
        self.modified = modified
        self.metadata = metadata
        self.storageClass = storageClass
        self.precondition = precondition
        self.reservation = reservation
    }
}

/// What must be true of the key for the object to be created.
public enum Precondition: Sendable, Equatable {
    case none
    /// Nothing is there.
    case absent
    /// The object there is this version of it (`RemoteObject.version`), and is replaced.
    case version(String)
}

/// An object as its service describes it.
public struct RemoteObject: Sendable, Equatable {
    public var id: String?
    /// Names this very version to the backend that made the text: Cloud Storage's generation, a file's id with its revision.
    public var version: String?
    public var etag: String?
    /// Length in bytes, as the server counts it.
    public var size: Int64
    /// nil where the service has none for this object.
    public var digest: ContentDigest?
    /// The `reservation` with which the object was made, where the service gives it back.
    public var reservation: String?

    public init(
        id: String?, version: String?, etag: String?, size: Int64, digest: ContentDigest?, reservation: String? = nil
    ) {
        self.id = id
        self.version = version
        self.etag = etag
        self.size = size
        self.digest = digest
        self.reservation = reservation
    }
}
