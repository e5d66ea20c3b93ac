import HTTPTransport
import NIOCore
import NIOHTTP1
import UploadCore

/// The requests of a multipart upload in Cloud Storage's XML API (cloud.google.com/storage/docs/multipart-uploads), without their
/// credentials. Pure.
struct XMLMultipartWire: Sendable {
    let destination: GoogleStorageDestination
    let options: GoogleStorageOptions

    static let metadataPrefix = "x-goog-meta-"

    func begin(_ object: ObjectDescription) -> HTTPRequest {
        var headers = keyHeaders
        headers.add(name: "Content-Type", value: object.contentType)
        let fields = [
            ("x-goog-storage-class", object.storageClass ?? options.storageClass), ("Cache-Control", options.cacheControl),
            ("x-goog-encryption-kms-key-name", options.kmsKey), ("x-goog-acl", options.predefinedACL.map(Self.cannedACL)),
        ]
        for (name, value) in fields {
            if let value { headers.add(name: name, value: value) }
        }
        for (name, value) in object.metadata.sorted(by: { $0.key < $1.key }) {
            headers.add(name: Self.metadataPrefix + name, value: value)
        }
        return HTTPRequest(.POST, url(object.key, "uploads"), headers: headers, body: .bytes(ByteBuffer()))
    }

    func send(_ part: Part, _ handle: MultipartHandle, body: HTTPRequest.Body, digest: ContentDigest?) -> HTTPRequest {
        var headers = keyHeaders
        if let digest { headers.add(name: "x-goog-hash", value: "\(digest.algorithm.rawValue)=\(digest.base64)") }
        return HTTPRequest(
            .PUT, url(handle.key, "partNumber=\(part.number)&\(Self.upload(handle))"), headers: headers, body: body)
    }

    /// - Parameter marker: the number after which the list begins; 0 for all.
    func parts(of handle: MultipartHandle, after marker: Int, limit: Int = 1000) -> HTTPRequest {
        HTTPRequest(.GET, url(handle.key, "\(Self.upload(handle))&max-parts=\(limit)&part-number-marker=\(marker)"))
    }

    /// The uploads whose key begins with `key`, from `place` on.
    func uploads(of key: ObjectKey, after place: MultipartXML.UploadsPage.Place?) -> HTTPRequest {
        HTTPRequest(.GET, "\(bucketURL)?uploads&\(PercentEncoding.query(MultipartXML.listing(key, after: place)))")
    }

    func commit(_ handle: MultipartHandle, _ parts: [PartReceipt]) -> HTTPRequest {
        var headers = keyHeaders
        headers.add(name: "Content-Type", value: "application/xml")
        return HTTPRequest(
            .POST, url(handle.key, Self.upload(handle)), headers: headers, body: .bytes(MultipartXML.completion(parts)))
    }

    func abort(_ handle: MultipartHandle) -> HTTPRequest {
        HTTPRequest(.DELETE, url(handle.key, Self.upload(handle)), headers: ["Content-Length": "0"])
    }

    private var keyHeaders: HTTPHeaders { options.encryptionKey?.headers ?? [:] }

    private func url(_ key: ObjectKey, _ query: String) -> String {
        "\(bucketURL)/\(PercentEncoding.encodePath(key.text))?\(query)"
    }

    private var bucketURL: String { "\(destination.endpoint)/\(PercentEncoding.encode(destination.bucket))" }

    private static func upload(_ handle: MultipartHandle) -> String { "uploadId=\(PercentEncoding.encode(handle.id))" }

    /// The XML API's name of what the JSON API calls a predefined ACL: `publicRead` is `public-read`.
    private static func cannedACL(_ predefined: String) -> String {
        predefined.map { $0.isUppercase ? "-\($0.lowercased())" : String($0) }.joined()
    }
}
