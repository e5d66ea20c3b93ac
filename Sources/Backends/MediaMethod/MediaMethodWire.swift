import Foundation
import HTTPTransport
import NIOCore
import NIOHTTP1
import UploadCore

/// The requests of a media upload method, and what is read of its responses. Pure: nothing here does I/O.
struct MediaMethodWire: Sendable {
    let destination: MediaMethodDestination
    let options: MediaMethodOptions

    // MARK: Uploads

    /// Content alone (uploadType=media).
    func media(_ object: ObjectDescription, body: PartBody) -> HTTPRequest {
        HTTPRequest(method, destination.adding("uploadType=media"), headers: ["Content-Type": object.contentType], body: .stream(body))
    }

    /// One request with metadata and content (uploadType=multipart).
    func multipart(body: HTTPRequest.Body, boundary: String) -> HTTPRequest {
        HTTPRequest(
            method, destination.adding("uploadType=multipart"),
            headers: ["Content-Type": "multipart/related; boundary=\"\(boundary)\""], body: body)
    }

    func begin(_ object: ObjectDescription) -> HTTPRequest {
        var headers: HTTPHeaders = ["X-Upload-Content-Type": object.contentType]
        if let size = object.size { headers.add(name: "X-Upload-Content-Length", value: String(size)) }
        var body = ByteBuffer()
        if let metadata = metadata(of: object) {
            headers.add(name: "Content-Type", value: ResumableRequest.json)
            body.writeString(metadata)
        }
        return HTTPRequest(method, destination.adding("uploadType=resumable"), headers: headers, body: .bytes(body))
    }

    func metadata(of object: ObjectDescription) -> String? { options.metadata?.rendered(values(object)) }

    private var method: HTTPMethod { HTTPMethod(rawValue: options.method) }

    private func values(_ object: ObjectDescription) -> MetadataTemplate.Values {
        MetadataTemplate.Values(
            path: object.key.text, size: object.size, contentType: object.contentType, modified: object.modified, metadata: object.metadata)
    }

    // MARK: Responses

    /// The object that the response to an upload describes. Where the response has no size, the declared size counts.
    func object(in response: HTTPResponse, declared: Int64?) throws(UploadError) -> RemoteObject {
        guard let document = try? JSONDocument(parsing: Data(response.body.readableBytesView)) else {
            throw UploadError(.invalidResponse, "malformed response: not JSON")
        }
        return try object(in: document, declared: declared)
    }

    func object(in document: JSONDocument, declared: Int64?) throws(UploadError) -> RemoteObject {
        let id = options.idPath.value(in: document)?.scalar
        let size =
            try options.sizePath.map { path throws(UploadError) in
                // The JSON form of protocol buffers leaves out numbers that are 0.
                if declared ?? 0 == 0, id != nil, path.value(in: document) == nil { return 0 }
                return try self.size(at: path, in: document)
            } ?? declared
        guard let size else { throw UploadError(.invalidResponse, "malformed response: no object size") }
        let digest = options.digest.flatMap { digest in
            digest.path.value(in: document)?.scalar.flatMap { Self.digest($0, digest.algorithm) }
        }
        return RemoteObject(id: id, version: id, etag: nil, size: size, digest: digest)
    }

    private func size(at path: JSONPath, in document: JSONDocument) throws(UploadError) -> Int64 {
        guard let size = path.value(in: document)?.scalar.flatMap({ Int64($0) }), size >= 0 else {
            throw UploadError(.invalidResponse, "malformed response: no size where the option answer_size expects it")
        }
        return size
    }

    /// Of hexadecimal digits or base64, whichever has the right length.
    private static func digest(_ text: String, _ algorithm: DigestAlgorithm) -> ContentDigest? {
        let length = RunningDigest(algorithm).digest.bytes.count
        if let digest = ContentDigest(algorithm: algorithm, hex: text), digest.bytes.count == length { return digest }
        guard let bytes = Data(base64Encoded: text), bytes.count == length else { return nil }
        return ContentDigest(algorithm: algorithm, bytes: Array(bytes))
    }

    // MARK: Objects

    func search(_ key: ObjectKey, _ resource: MediaMethodResource) -> HTTPRequest {
        HTTPRequest(.GET, resource.search.url(values(key), id: nil, encode: PercentEncoding.encode))
    }

    func get(_ id: String, _ resource: MediaMethodResource) -> HTTPRequest { HTTPRequest(.GET, url(id, resource)) }

    func remove(_ id: String, _ resource: MediaMethodResource) -> HTTPRequest { HTTPRequest(.DELETE, url(id, resource)) }

    func rename(_ id: String, to key: ObjectKey, _ resource: MediaMethodResource) -> HTTPRequest {
        HTTPRequest(
            .PATCH, url(id, resource), headers: ["Content-Type": ResumableRequest.json],
            body: .bytes(ByteBuffer(string: resource.rename.rendered(values(key)))))
    }

    private func url(_ id: String, _ resource: MediaMethodResource) -> String {
        resource.item.url(values(ObjectKey("")), id: id, encode: PercentEncoding.encode)
    }

    private func values(_ key: ObjectKey) -> MetadataTemplate.Values {
        MetadataTemplate.Values(path: key.text, size: nil, contentType: "")
    }
}
