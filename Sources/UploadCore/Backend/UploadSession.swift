import struct Foundation.Date

/// A server-side object that is being filled.
public struct UploadSession: Sendable, Equatable, Codable {
    /// What the protocol needs to resume (a session URL, an upload id). A secret: never in logs, errors or attributes.
    public let handle: String
    public let expiresAt: Date?
    /// Length of every numbered part but the last, in bytes: dictated by the service, or else chosen by the engine when the
    /// session begins. nil where the session goes by offset. A stored one may be any number; `plan(of:countMax:)` checks it.
    public var partSize: Int64?

    public init(handle: String, expiresAt: Date?, partSize: Int64? = nil) {
        self.handle = handle
        self.expiresAt = expiresAt
        self.partSize = partSize
    }
}

/// A range of the object that one request carries.
public struct Part: Sendable, Equatable {
    /// Counts from 1 in sessions of numbered parts; 0 in those that go by offset.
    public let number: Int
    public let offset: Int64
    public let length: Int64
    /// Whether it ends the object.
    public let isLast: Bool

    public init(number: Int = 0, offset: Int64, length: Int64, isLast: Bool) {
        self.number = number
        self.offset = offset
        self.length = length
        self.isLast = isLast
    }

    /// The offset after the last byte.
    public var end: Int64 {
        let (end, isTooLarge) = offset.addingReportingOverflow(length)
        return isTooLarge ? .max : end
    }
}

/// A numbered part that the server has.
public struct PartReceipt: Sendable, Equatable, Codable {
    public let number: Int
    public let offset: Int64
    public let length: Int64
    /// What the commit names the part by: an ETag, a part id.
    public let token: String
    /// The part's digest as the server reports it; nil where it does not.
    public let digest: ContentDigest?

    public init(number: Int, offset: Int64, length: Int64, token: String, digest: ContentDigest?) {
        self.number = number
        self.offset = offset
        self.length = length
        self.token = token
        self.digest = digest
    }
}

/// What the server says it has of a session.
public enum SessionProgress: Sendable, Equatable {
    /// The first so many bytes.
    case confirmed(Int64)
    /// These parts: from `probe` all that it has, from `send` the one that was sent.
    case parts([PartReceipt])
    /// It is putting the parts together: the same commit is to be repeated after a while.
    case committing(retryAfter: Duration?)
    case committed(RemoteObject)
}
