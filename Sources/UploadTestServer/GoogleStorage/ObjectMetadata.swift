import Foundation

/// The metadata that a client sends for an object.
struct ObjectMetadata: Sendable, Codable {
    private static let settable: Set<String> = [
        "cacheControl", "contentDisposition", "contentEncoding", "contentLanguage", "contentType", "customTime", "metadata", "storageClass",
    ]

    /// The key, where the document names one.
    let key: String?
    var fields: [String: JSONValue]
    /// Base64 digests that the content must have.
    var crc32c: String?
    var md5: String?

    /// - Parameter json: a JSON object, or nothing at all.
    init(json: Data) throws {
        let document = try Self.document(json)
        key = document["name"]?.string
        crc32c = document["crc32c"]?.string
        md5 = document["md5Hash"]?.string
        fields = document.filter { Self.settable.contains($0.key) && $0.value != .null }
    }

    /// The fields of a record after a PATCH with this document.
    static func patched(_ fields: [String: JSONValue], with json: Data) throws -> [String: JSONValue] {
        let changes = try document(json).filter { settable.contains($0.key) }
        return JSONValue.object(fields).merging(.object(changes)).object ?? [:]
    }

    /// The type of the content: that of the document, else that of the request.
    mutating func setContentType(_ contentType: String?) {
        if fields["contentType"] == nil { fields["contentType"] = .string(contentType ?? "application/octet-stream") }
    }

    private static func document(_ json: Data) throws -> [String: JSONValue] {
        guard let document = JSONValue.fields(ofBody: json) else {
            throw GoogleError(400, "parseError", "Parse Error: the metadata is not a JSON object.")
        }
        return document
    }
}

extension ObjectMetadata {
    /// Takes the digests of an `x-goog-hash` header, `crc32c=…,md5=…`, as those that the content must have.
    mutating func takeDigests(_ header: String?) {
        for entry in (header ?? "").split(separator: ",") {
            let sides = entry.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            guard sides.count == 2 else { continue }
            if sides[0] == "crc32c" { crc32c = String(sides[1]) }
            if sides[0] == "md5" { md5 = String(sides[1]) }
        }
    }

    /// Compares content with the digests that were sent for it.
    /// - Returns: the content's MD5 where it was asked for or the content is small enough to have one.
    func verify(_ content: Content) throws -> String? {
        let actual = RunningCRC32C.base64(content.crc32c)
        if let crc32c, crc32c != actual {
            throw GoogleError.badRequest("Provided CRC32C \"\(crc32c)\" doesn't match calculated CRC32C \"\(actual)\".")
        }
        guard md5 != nil || content.size <= Content.digestedUpTo else { return nil }
        let actualMD5 = try content.md5()
        if let md5, md5 != actualMD5 {
            throw GoogleError.badRequest("Provided MD5 hash \"\(md5)\" doesn't match calculated MD5 hash \"\(actualMD5)\".")
        }
        return actualMD5
    }
}
