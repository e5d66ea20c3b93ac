/// What a protocol allows, so that nothing is found out by failure.
public struct BackendCapabilities: Sendable {
    /// Lengths of parts are multiples of this, in bytes, but for the last part's.
    public var granularity: Int64
    /// The largest object, in bytes.
    public var objectMax: Int64
    /// Objects up to this size are sent in one request, in bytes.
    public var singleRequestMax: Int64
    /// The digest by which the service vouches for an object.
    public var digest: DigestAlgorithm
    /// Whether every description of an object has a digest. One without is then no proof that the service has the content.
    public var alwaysHasDigest: Bool
    /// The digest that accompanies each request's body, such as Content-MD5; nil for none but `digest`.
    public var bodyDigest: DigestAlgorithm?
    public var parts: PartRules
    /// Whether objects can be found by their names, moved and removed. Where not, a removal leaves the object as it is, and a
    /// rename uploads the file again.
    public var followsNames: Bool
    /// Whether the service lists its sessions, so that one whose opening had no response can be found and dropped.
    public var listsSessions: Bool
    /// Whether new content for an object that is there becomes another version of the same object, which keeps its id and its links:
    /// to remove a version that turned out wrong would remove all of them.
    public var updatesInPlace: Bool
    /// Whether a request whose response was lost can be looked into or made again without making a second object.
    public var isRepeatable: Bool

    public init(
        granularity: Int64, objectMax: Int64, singleRequestMax: Int64, digest: DigestAlgorithm, alwaysHasDigest: Bool = false,
        bodyDigest: DigestAlgorithm? = nil,
        parts: PartRules = .inOrder, followsNames: Bool = true, listsSessions: Bool = false,
        updatesInPlace: Bool = false, isRepeatable: Bool = true
    ) {
        self.granularity = granularity
        self.objectMax = objectMax
        self.singleRequestMax = singleRequestMax
        self.digest = digest
        self.alwaysHasDigest = alwaysHasDigest
        self.bodyDigest = bodyDigest
        self.parts = parts
        self.followsNames = followsNames
        self.listsSessions = listsSessions
        self.updatesInPlace = updatesInPlace
        self.isRepeatable = isRepeatable
    }
}

/// How the protocol takes the parts of an object.
public enum PartRules: Sendable, Equatable {
    /// One after the other, each at the offset that the server confirmed last.
    case inOrder
    case numbered(NumberedParts)
}

/// Rules of a protocol whose parts have numbers, in any order and several at once.
public struct NumberedParts: Sendable, Equatable {
    /// Shortest and longest part, in bytes; the last one may be shorter.
    public var lengths: ClosedRange<Int64>
    /// The highest number of a part.
    public var countMax: Int
    /// How many may be on their way at once.
    public var parallelMax: Int
    /// Whether sending a part again replaces it. Where not, a wrong part makes the session unusable.
    public var areReplaceable: Bool

    public init(lengths: ClosedRange<Int64>, countMax: Int, parallelMax: Int, areReplaceable: Bool) {
        self.lengths = lengths
        self.countMax = countMax
        self.parallelMax = parallelMax
        self.areReplaceable = areReplaceable
    }
}
