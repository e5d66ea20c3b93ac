import Foundation

/// What names an object: `BUCKET/KEY`. Keys are compared by their bytes.
struct ObjectName: Sendable, Hashable, Codable, CustomStringConvertible {
    let bucket: String
    let key: String

    static func == (left: ObjectName, right: ObjectName) -> Bool { left.bucket == right.bucket && left.key.hasSameBytes(as: right.key) }

    func hash(into hasher: inout Hasher) {
        hasher.combine(bucket)
        hasher.combine(NameBytes(key))
    }

    var description: String { "\(bucket)/\(key)" }
}

/// What the server knows about a stored object besides its bytes.
struct ObjectRecord: Sendable, Codable, Hashable {
    let name: ObjectName
    /// What the client set: content type, own metadata and the like, by their names in the service's JSON.
    var fields: [String: JSONValue]
    let size: Int64
    let crc32c: UInt32
    /// Base64, or nil for a large object (see `Content.digestedUpTo`).
    let md5: String?
    /// Microseconds since 1970 when the object was stored, and greater than that of any earlier object.
    let generation: Int64
    var metageneration: Int64
    /// RFC 3339.
    let created: String
    var updated: String
    /// What the object has besides where it came by an XML API.
    var xml: XMLTraits?

    /// What only the XML APIs know of an object.
    struct XMLTraits: Sendable, Codable, Hashable {
        /// Without quotes.
        var etag: String
        var crc64: UInt64
        /// Headers that come back with the object.
        var headers: [String: String]
        /// What tells the key that the client keeps for itself from any other.
        var customerKey: String?
    }

    static func now() -> String {
        Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
