import HTTPTransport
import NIOCore
import NIOHTTP1
import UploadCore

/// The requests of Cloud Storage's JSON API, without their credentials. Pure: nothing here does I/O.
struct GoogleStorageWire: Sendable {
    let destination: GoogleStorageDestination
    var options = GoogleStorageOptions.none

    // MARK: Creating objects

    /// One request with description and content (uploadType=multipart).
    func put(_ object: ObjectDescription, body: HTTPRequest.Body, boundary: String) -> HTTPRequest {
        HTTPRequest(
            .POST, uploadURL("multipart", object),
            headers: withKey(["Content-Type": "multipart/related; boundary=\"\(boundary)\""]), body: body)
    }

    func begin(_ object: ObjectDescription) -> HTTPRequest {
        var headers = withKey(["Content-Type": ResumableRequest.json, "X-Upload-Content-Type": object.contentType])
        if let size = object.size { headers.add(name: "X-Upload-Content-Length", value: String(size)) }
        return HTTPRequest(
            .POST, uploadURL("resumable", object), headers: headers,
            body: .bytes(ByteBuffer(string: ObjectJSON.describing(object, options, digest: nil))))
    }

    // MARK: Sessions

    func send(
        _ part: Part, of object: ObjectDescription, in session: UploadSession, body: HTTPRequest.Body, digest: ContentDigest?
    ) -> HTTPRequest {
        addingDigest(digest, to: ResumableRequest.part(part, of: object, in: session, body: body))
    }

    /// Needs no encryption key: it neither writes nor reads content.
    func probe(_ session: UploadSession) -> HTTPRequest { ResumableRequest.question(session) }

    func commit(_ session: UploadSession, of object: ObjectDescription, digest: ContentDigest) -> HTTPRequest {
        addingDigest(digest, to: ResumableRequest.end(session, of: object))
    }

    func abort(_ session: UploadSession) -> HTTPRequest { ResumableRequest.abort(session) }

    private func addingDigest(_ digest: ContentDigest?, to request: HTTPRequest) -> HTTPRequest {
        var request = request
        request.headers = withKey(request.headers)
        if let digest { request.headers.add(name: "x-goog-hash", value: "\(digest.algorithm.rawValue)=\(digest.base64)") }
        return request
    }

    // MARK: Objects

    /// Without its encryption key, an object is described without its digest.
    func find(_ key: ObjectKey, withKey hasKey: Bool = true) -> HTTPRequest {
        HTTPRequest(.GET, objectURL(key), headers: hasKey ? withKey([:]) : [:])
    }

    func remove(_ key: ObjectKey, version: String?) -> HTTPRequest {
        HTTPRequest(.DELETE, objectURL(key) + query([("ifGenerationMatch", version)]))
    }

    /// One step of a copy within the service; a large object takes several, tied together by `token`.
    /// - Parameters:
    ///   - description: JSON of what the copy gets in place of the source's metadata; empty for what the source has.
    ///   - sourceHasKey: whether the source is encrypted with the customer's own key, too, where there is one.
    func rewrite(
        _ source: ObjectKey, version: String?, to target: ObjectKey, token: String?, description: String = "", sourceHasKey: Bool = true
    ) -> HTTPRequest {
        let url = "\(objectURL(source))/rewriteTo/b/\(escaped(destination.bucket))/o/\(escaped(target.text))"
        let parameters = query([
            ("ifSourceGenerationMatch", version), ("rewriteToken", token), ("destinationKmsKeyName", options.kmsKey),
            ("destinationPredefinedAcl", options.predefinedACL),
        ])
        var request = HTTPRequest(
            .POST, url + parameters, headers: withKey(["Content-Type": ResumableRequest.json]), body: .bytes(ByteBuffer(string: description)))
        if sourceHasKey, let key = options.encryptionKey { request.headers.add(contentsOf: key.headersOfSource) }
        return request
    }

    /// With the customer's own key, which belongs to each request that writes or reads content.
    private func withKey(_ headers: HTTPHeaders) -> HTTPHeaders {
        guard let key = options.encryptionKey else { return headers }
        var headers = headers
        headers.add(contentsOf: key.headers)
        return headers
    }

    // MARK: URLs

    private func uploadURL(_ type: String, _ object: ObjectDescription) -> String {
        "\(destination.endpoint)/upload/storage/v1/b/\(escaped(destination.bucket))/o"
            + query([
                ("uploadType", type), ("name", object.key.text), ("ifGenerationMatch", generation(object.precondition)),
                ("kmsKeyName", options.kmsKey), ("predefinedAcl", options.predefinedACL),
            ])
    }

    private func objectURL(_ key: ObjectKey) -> String {
        "\(destination.endpoint)/storage/v1/b/\(escaped(destination.bucket))/o/\(escaped(key.text))"
    }

    /// Generation 0 stands for an object that is not there.
    private func generation(_ precondition: Precondition) -> String? {
        switch precondition {
        case .none: nil
        case .absent: "0"
        case .version(let version): version
        }
    }

    private func query(_ fields: [(name: String, value: String?)]) -> String {
        let given = fields.compactMap { field in field.value.map { (name: field.name, value: $0) } }
        return given.isEmpty ? "" : "?" + PercentEncoding.query(given)
    }

    private func escaped(_ text: String) -> String {
        PercentEncoding.encode(text)
    }
}
