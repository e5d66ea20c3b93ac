import HTTPTransport
import NIOCore
import NIOHTTP1
import UploadCore

/// The requests of Box's API, from what they are about. Pure: nothing is sent here.
struct BoxWire: Sendable {
    let endpoints: BoxEndpoints

    private static let json = "application/json"
    /// The fields of a file that responses are to have; without it they have three times as many.
    private static let fields = "id,type,etag,sha1,size,name,parent,file_version"

    // MARK: Names

    /// Asks whether a name is free, without sending a byte. The refusal names the item that has it.
    func lookUp(_ name: ServiceName, in folder: String) -> HTTPRequest {
        request(.OPTIONS, "\(endpoints.api)/files/content", BoxJSON.text(BoxJSON.NewItem(name: name, parent: .init(id: folder))))
    }

    func makeFolder(_ name: ServiceName, in folder: String) -> HTTPRequest {
        request(
            .POST, "\(endpoints.api)/folders?fields=id,type,name", BoxJSON.text(BoxJSON.NewItem(name: name, parent: .init(id: folder))))
    }

    func renameFolder(_ id: String, to name: ServiceName) -> HTTPRequest {
        request(.PUT, "\(endpoints.api)/folders/\(escaped(id))?fields=id,type,name", BoxJSON.text(BoxJSON.NewName(name: name)))
    }

    /// - Parameters:
    ///   - marker: where the page begins; nil for the first one.
    ///   - limit: of items on the page, at most 1000.
    func list(_ folder: String, marker: String?, limit: Int = 1000) -> HTTPRequest {
        let page = [(name: "usemarker", value: "true"), (name: "limit", value: String(limit))] + (marker.map { [(name: "marker", value: $0)] } ?? [])
        let query = PercentEncoding.query([(name: "fields", value: "id,type,etag,name")] + page)
        return HTTPRequest(.GET, "\(endpoints.api)/folders/\(escaped(folder))/items?\(query)")
    }

    func folder(_ id: String) -> HTTPRequest {
        HTTPRequest(.GET, "\(endpoints.api)/folders/\(escaped(id))?fields=id,type,name,permissions,can_upload")
    }

    // MARK: Files

    func file(_ id: String) -> HTTPRequest {
        HTTPRequest(.GET, "\(endpoints.api)/files/\(escaped(id))?fields=\(Self.fields)")
    }

    func move(_ id: String, etag: String?, to name: ServiceName, in folder: String) -> HTTPRequest {
        var request = request(
            .PUT, "\(endpoints.api)/files/\(escaped(id))?fields=\(Self.fields)",
            BoxJSON.text(BoxJSON.NewItem(name: name, parent: .init(id: folder))))
        request.headers.addIfMatch(etag)
        return request
    }

    func remove(_ id: String, etag: String?) -> HTTPRequest {
        var request = HTTPRequest(.DELETE, "\(endpoints.api)/files/\(escaped(id))")
        request.headers.addIfMatch(etag)
        return request
    }

    // MARK: Direct uploads

    func put(_ object: ObjectDescription, to place: BoxPlace, body: HTTPRequest.Body, boundary: String, sha1: ContentDigest) -> HTTPRequest {
        var request = HTTPRequest(
            .POST, "\(files(place))/content?fields=\(Self.fields)",
            headers: ["Content-Type": "multipart/form-data; boundary=\(boundary)"], body: body)
        // The header's name says MD5, its value is the SHA-1 in hexadecimal.
        request.headers.add(name: "Content-MD5", value: sha1.hex)
        if case .version(_, let etag) = place { request.headers.addIfMatch(etag) }
        return request
    }

    // MARK: Sessions

    func begin(_ object: ObjectDescription, at place: BoxPlace) -> HTTPRequest {
        let folder: String? = if case .new(let folder) = place { folder } else { nil }
        let description = BoxJSON.NewSession(folder_id: folder, file_size: object.size ?? 0, file_name: object.key.boxName)
        return request(.POST, "\(files(place))/upload_sessions", BoxJSON.text(description))
    }

    func send(_ part: Part, of size: Int64, _ handle: BoxSessionHandle, body: HTTPRequest.Body, sha1: ContentDigest) -> HTTPRequest {
        HTTPRequest(
            .PUT, handle.part,
            headers: [
                "Content-Type": "application/octet-stream", "Content-Range": "bytes \(part.offset)-\(part.end - 1)/\(size)",
                "Digest": "sha=\(sha1.base64)",
            ], body: body)
    }

    /// The parts of a session, from the `offset`th on.
    func parts(of handle: BoxSessionHandle, offset: Int) -> HTTPRequest {
        let separator = handle.list.contains("?") ? "&" : "?"
        return HTTPRequest(.GET, "\(handle.list)\(separator)offset=\(offset)&limit=1000")
    }

    func commit(_ handle: BoxSessionHandle, of object: ObjectDescription, _ parts: [PartReceipt], sha1: ContentDigest) -> HTTPRequest {
        let attributes = object.modified.map { BoxJSON.Attributes(modified: $0, isNew: handle.etag == nil) }
        let entries = parts.map {
            BoxJSON.Part(part_id: $0.token, offset: $0.offset, size: $0.length, sha1: $0.digest?.hex)
        }
        let separator = handle.commit.contains("?") ? "&" : "?"
        var request = request(
            .POST, "\(handle.commit)\(separator)fields=\(Self.fields)", BoxJSON.text(BoxJSON.Commit(parts: entries, attributes: attributes)))
        request.headers.add(name: "Digest", value: "sha=\(sha1.base64)")
        request.headers.addIfMatch(handle.etag)
        return request
    }

    func abort(_ handle: BoxSessionHandle) -> HTTPRequest {
        HTTPRequest(.DELETE, handle.abort)
    }

    // MARK: Forms

    private func files(_ place: BoxPlace) -> String {
        switch place {
        case .new: "\(endpoints.upload)/files"
        case .version(let id, _): "\(endpoints.upload)/files/\(escaped(id))"
        }
    }

    private func request(_ method: HTTPMethod, _ url: String, _ body: String) -> HTTPRequest {
        HTTPRequest(method, url, headers: ["Content-Type": Self.json], body: .bytes(ByteBuffer(string: body)))
    }

    private func escaped(_ text: String) -> String { PercentEncoding.encode(text) }
}

/// Where an upload goes to.
enum BoxPlace: Equatable {
    /// A new file in this folder.
    case new(folder: String)
    /// A new version of this file; `etag` is what it has to have, nil for whatever it has.
    case version(id: String, etag: String?)
}

extension HTTPHeaders {
    fileprivate mutating func addIfMatch(_ etag: String?) {
        if let etag { add(name: "If-Match", value: etag) }
    }
}
