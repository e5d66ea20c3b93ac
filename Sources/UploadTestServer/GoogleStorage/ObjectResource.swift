import Foundation
import Hummingbird

/// The JSON of an object, as the service has it.
enum ObjectResource {
    /// - Parameter customerKey: what the request brought; the digests of an object that has such a key are for those who have it, too.
    static func json(_ record: ObjectRecord, baseURL: String, customerKey: String? = nil, fault: FaultAction = FaultAction()) -> JSONValue {
        let generation = String(record.generation)
        let path = "b/\(encode(record.name.bucket))/o/\(encode(record.name.key))"
        var resource = record.fields
        resource["acl"] = nil
        resource["kind"] = "storage#object"
        resource["id"] = .string("\(record.name)/\(generation)")
        resource["selfLink"] = .string("\(baseURL)/storage/v1/\(path)")
        resource["mediaLink"] = .string("\(baseURL)/download/storage/v1/\(path)?generation=\(generation)&alt=media")
        resource["name"] = .string(record.name.key)
        resource["bucket"] = .string(record.name.bucket)
        resource["generation"] = .string(generation)
        resource["metageneration"] = .string(String(record.metageneration))
        resource["storageClass"] = record.fields["storageClass"] ?? "STANDARD"
        resource["size"] = .string(String(record.size))
        resource["crc32c"] = .string(RunningCRC32C.base64(fault.wrongCRC32C == true ? ~record.crc32c : record.crc32c))
        resource["md5Hash"] = record.md5.map { .string($0) }
        if customerKey != record.customerKey { ["crc32c", "md5Hash"].forEach { resource[$0] = nil } }
        resource["etag"] = .string(etag(record))
        resource["timeCreated"] = .string(record.created)
        resource["updated"] = .string(record.updated)
        resource["timeStorageClassUpdated"] = .string(record.created)
        return .object(resource)
    }

    static func response(_ record: ObjectRecord, _ exchange: Exchange, fault: FaultAction = FaultAction()) throws -> Response {
        let key = try SuppliedKey.ofRequest(exchange)
        return .json(json(record, baseURL: exchange.baseURL, customerKey: key, fault: fault))
    }

    static func etag(_ record: ObjectRecord) -> String {
        Data("\(record.generation)/\(record.metageneration)".utf8).base64EncodedString()
    }

    /// Percent-encodes all but the unreserved characters of RFC 3986 section 2.3, slashes too.
    private static func encode(_ text: String) -> String {
        let unreserved = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? text
    }
}
