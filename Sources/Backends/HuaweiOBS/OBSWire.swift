import Foundation
import HTTPTransport
import NIOCore
import NIOHTTP1
import UploadCore

/// The requests of OBS's API, without their signature. Pure: nothing here does I/O.
struct OBSWire: Sendable {
    let bucket: String
    let options: OBSOptions

    /// The custom metadata by which an object is known again after a lost response.
    static let tokenName = "uploadfs-token"
    static let crc64Header = "x-obs-checksum-crc64ecma"
    static let metadataPrefix = "x-obs-meta-"

    // MARK: Objects

    func put(
        _ object: ObjectDescription, body: HTTPRequest.Body, digest: ContentDigest, bodyDigest: ContentDigest?
    ) -> OBSRequest {
        var headers = describing(object)
        headers.add(contentsOf: Self.claiming(bodyDigest))
        headers.add(name: Self.crc64Header, value: OBSChecksum.text(digest))
        return OBSRequest(.PUT, object.key, headers: headers, body: body)
    }

    func find(_ key: ObjectKey) -> OBSRequest { OBSRequest(.HEAD, key, headers: options.keyHeaders) }
    func findBucket() -> OBSRequest { OBSRequest(.HEAD, nil) }
    func remove(_ key: ObjectKey) -> OBSRequest { OBSRequest(.DELETE, key) }

    /// A copy within the bucket. Metadata goes with it; access list, storage class and encryption have to be asked for again.
    func copy(_ source: ObjectKey, etag: String, to target: ObjectKey) -> OBSRequest {
        var headers = options.headers(storageClass: nil)
        headers.remove(name: "Cache-Control")
        headers.add(contentsOf: copying(source, etag: etag))
        return OBSRequest(.PUT, target, headers: headers, body: .bytes(ByteBuffer()), timeout: Self.copyTimeout)
    }

    /// Begins a copy that is made of parts, with the metadata that the response to a look at the source has.
    func beginCopy(to target: ObjectKey, like source: HTTPResponse) -> OBSRequest {
        var headers = options.headers(storageClass: nil)
        for name in ["Content-Type", "Cache-Control"] {
            if let value = source.headers.first(name: name) { headers.replaceOrAdd(name: name, value: value) }
        }
        for field in source.headers where field.name.lowercased().hasPrefix(Self.metadataPrefix) {
            headers.add(name: field.name.lowercased(), value: field.value)
        }
        return OBSRequest(.POST, target, query: [("uploads", nil)], headers: headers, body: .bytes(ByteBuffer()))
    }

    func copyPart(_ part: Part, of source: ObjectKey, etag: String, _ handle: MultipartHandle) -> OBSRequest {
        var headers = options.keyHeaders
        headers.add(contentsOf: copying(source, etag: etag))
        headers.add(name: "x-obs-copy-source-range", value: "bytes=\(part.offset)-\(part.end - 1)")
        return OBSRequest(
            .PUT, handle.key, query: [("partNumber", String(part.number)), ("uploadId", handle.id)], headers: headers,
            body: .bytes(ByteBuffer()), timeout: Self.copyTimeout)
    }

    /// The service responds when it has copied: gigabytes take longer than any other request.
    private static let copyTimeout: Duration = .seconds(900)

    private func copying(_ source: ObjectKey, etag: String) -> HTTPHeaders {
        var headers = options.sourceKeyHeaders
        headers.add(name: "x-obs-copy-source", value: "/\(bucket)/\(OBSRequest.encode(source))")
        headers.add(name: "x-obs-copy-source-if-match", value: etag)
        return headers
    }

    // MARK: Uploads in parts

    func begin(_ object: ObjectDescription) -> OBSRequest {
        OBSRequest(.POST, object.key, query: [("uploads", nil)], headers: describing(object), body: .bytes(ByteBuffer()))
    }

    func send(_ part: Part, _ handle: MultipartHandle, body: HTTPRequest.Body, digest: ContentDigest?) -> OBSRequest {
        var headers = options.keyHeaders
        headers.add(contentsOf: Self.claiming(digest))
        return OBSRequest(
            .PUT, handle.key, query: [("partNumber", String(part.number)), ("uploadId", handle.id)], headers: headers, body: body)
    }

    /// - Parameters:
    ///   - marker: the number after which the list begins; 0 for all.
    ///   - limit: of parts on one page.
    func parts(of handle: MultipartHandle, after marker: Int, limit: Int = 1000) -> OBSRequest {
        OBSRequest(
            .GET, handle.key,
            query: [("uploadId", handle.id), ("max-parts", String(limit)), ("part-number-marker", String(marker))])
    }

    /// The uploads whose key begins with `key`, from `place` on.
    func uploads(of key: ObjectKey, after place: MultipartXML.UploadsPage.Place?) -> OBSRequest {
        OBSRequest(.GET, nil, query: [("uploads", nil)] + MultipartXML.listing(key, after: place).map { ($0.name, $0.value) })
    }

    func commit(_ handle: MultipartHandle, _ parts: [PartReceipt], digest: ContentDigest?) -> OBSRequest {
        var headers: HTTPHeaders = ["Content-Type": "application/xml"]
        if let digest { headers.add(name: Self.crc64Header, value: OBSChecksum.text(digest)) }
        return OBSRequest(
            .POST, handle.key, query: [("uploadId", handle.id)], headers: headers, body: .bytes(MultipartXML.completion(parts)))
    }

    func abort(_ handle: MultipartHandle) -> OBSRequest {
        OBSRequest(.DELETE, handle.key, query: [("uploadId", handle.id)])
    }

    // MARK: Headers

    private func describing(_ object: ObjectDescription) -> HTTPHeaders {
        var headers = options.headers(storageClass: object.storageClass)
        headers.replaceOrAdd(name: "Content-Type", value: object.contentType)
        for (name, value) in object.metadata.sorted(by: { $0.key < $1.key }) {
            headers.add(name: Self.metadataPrefix + PercentEncoding.encode(name.lowercased()), value: PercentEncoding.encode(value))
        }
        if let token = object.reservation { headers.add(name: Self.metadataPrefix + Self.tokenName, value: token) }
        return headers
    }

    private static func claiming(_ md5: ContentDigest?) -> HTTPHeaders {
        md5.map { ["Content-MD5": $0.base64] } ?? [:]
    }
}

/// The service writes a CRC-64 as a decimal number.
enum OBSChecksum {
    static func text(_ digest: ContentDigest) -> String {
        String(digest.bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    static func digest(in response: HTTPResponse) -> ContentDigest? {
        guard let value = response.headers.first(name: OBSWire.crc64Header).flatMap({ UInt64($0) }) else { return nil }
        return ContentDigest(algorithm: .crc64, bytes: withUnsafeBytes(of: value.bigEndian) { Array($0) })
    }
}
