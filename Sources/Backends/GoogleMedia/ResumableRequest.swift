import HTTPTransport
import NIOHTTP1
import UploadCore

/// The requests to the URI of a resumable upload, which are the same for all of Google's services. The one that opens it is not.
enum ResumableRequest {
    static let json = "application/json; charset=UTF-8"

    static func part(_ part: Part, of object: ObjectDescription, in session: UploadSession, body: HTTPRequest.Body) -> HTTPRequest {
        HTTPRequest(
            .PUT, session.handle,
            headers: ["Content-Type": object.contentType, "Content-Range": ContentRange.value(of: part, total: object.size)], body: body)
    }

    static func question(_ session: UploadSession) -> HTTPRequest {
        HTTPRequest(.PUT, session.handle, headers: ["Content-Range": ContentRange.question, "Content-Length": "0"])
    }

    /// Ends an object whose bytes have all arrived.
    static func end(_ session: UploadSession, of object: ObjectDescription) -> HTTPRequest {
        let nothing = Part(offset: object.size ?? 0, length: 0, isLast: true)
        var request = part(nothing, of: object, in: session, body: .none)
        request.headers.replaceOrAdd(name: "Content-Length", value: "0")
        return request
    }

    static func abort(_ session: UploadSession) -> HTTPRequest {
        HTTPRequest(.DELETE, session.handle, headers: ["Content-Length": "0"])
    }
}
