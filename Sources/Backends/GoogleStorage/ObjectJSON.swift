import Foundation
import HTTPTransport
import NIOCore
import UploadCore

/// The object resource of the JSON API: what is sent of it, and what is read.
enum ObjectJSON {
    private struct Description: Encodable {
        let name: String
        let contentType: String
        let cacheControl: String?
        let crc32c: String?
        let metadata: [String: String]?
        let storageClass: String?
    }

    /// - Parameter digest: the service refuses content that does not have it.
    static func describing(_ object: ObjectDescription, _ options: GoogleStorageOptions, digest: ContentDigest?) -> String {
        let description = Description(
            name: object.key.text, contentType: object.contentType, cacheControl: options.cacheControl, crc32c: digest?.base64,
            metadata: object.metadata.isEmpty ? nil : object.metadata, storageClass: object.storageClass ?? options.storageClass)
        return encode(description)
    }

    /// What of an object a client can set.
    private struct Metadata: Codable {
        let cacheControl: String?
        let contentDisposition: String?
        let contentEncoding: String?
        let contentLanguage: String?
        let contentType: String?
        let customTime: String?
        let metadata: [String: String]?
        let storageClass: String?
    }

    /// The metadata of an object as a copy is to get it.
    static func metadata(in response: HTTPResponse) -> String {
        decode(Metadata.self, response).map(encode) ?? ""
    }

    private static func encode(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings only, and Swift's strings are valid Unicode: there is nothing that could fail.
        let data = (try? encoder.encode(value)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    private struct Resource: Decodable {
        let id: String?
        let generation: String?
        let etag: String?
        /// The JSON form of protocol buffers leaves out numbers that are 0.
        let size: String?
        let crc32c: String?

        /// Nil for what is no object: one has a generation or an id.
        var object: RemoteObject? {
            guard generation != nil || id != nil, let bytes = Int64(size ?? "0"), bytes >= 0 else { return nil }
            let digest = crc32c.flatMap { Data(base64Encoded: $0) }.map { ContentDigest(algorithm: .crc32c, bytes: Array($0)) }
            return RemoteObject(id: id, version: generation, etag: etag, size: bytes, digest: digest)
        }
    }

    private struct Rewrite: Decodable {
        let done: Bool
        let rewriteToken: String?
        let totalBytesRewritten: String?
        let resource: Resource?
    }

    static func object(in response: HTTPResponse) throws(UploadError) -> RemoteObject {
        guard let object = decode(Resource.self, response)?.object else {
            throw UploadError(.invalidResponse, "malformed response: no description of the object")
        }
        return object
    }

    enum RewriteStep: Equatable {
        case done(RemoteObject)
        /// - Parameter copied: bytes so far; nil where the service does not say.
        case more(token: String, copied: Int64?)
    }

    static func rewriteStep(in response: HTTPResponse) throws(UploadError) -> RewriteStep {
        switch decode(Rewrite.self, response) {
        case let rewrite? where rewrite.done:
            if let object = rewrite.resource?.object { return .done(object) }
        case let rewrite?:
            if let token = rewrite.rewriteToken { return .more(token: token, copied: rewrite.totalBytesRewritten.flatMap { Int64($0) }) }
        case nil: break
        }
        throw UploadError(.invalidResponse, "malformed response: no description of the copy")
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ response: HTTPResponse) -> Value? {
        try? JSONDecoder().decode(type, from: Data(response.body.readableBytesView))
    }
}
