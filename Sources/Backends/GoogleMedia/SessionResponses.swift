import HTTPTransport
import NIOHTTP1
import UploadCore

/// Reads the responses to the requests of an upload session.
struct SessionResponses: Sendable {
    let faults: GoogleFaults
    /// Reads the resource that the response to a finished upload describes.
    let object: @Sendable (HTTPResponse) throws(UploadError) -> RemoteObject

    /// The session that a `begin` opened.
    func session(in response: HTTPResponse, hosts: ServiceHosts, expiresAt: SessionExpiry) throws(UploadError) -> UploadSession {
        guard response.status == .ok || response.status == .created else { throw faults.classify(response, about: .container) }
        guard let location = response.headers.first(name: "Location") else {
            throw UploadError(.invalidResponse, "malformed response: the new upload session has no URL")
        }
        // Credentials and content go to the session's URL.
        guard hosts.include(location) else {
            throw UploadError(.invalidResponse, "malformed response: the URL of the new upload session is invalid or on another host")
        }
        return UploadSession(handle: location, expiresAt: expiresAt.date)
    }

    /// What the server has after a part, or says that it has when asked.
    /// - Parameters:
    ///   - sentEnd: how much of the object the server can have at most, in bytes.
    ///   - mayBeComplete: whether the object may exist now.
    func progress(in response: HTTPResponse, sentEnd: Int64, mayBeComplete: Bool) throws(UploadError) -> SessionProgress {
        switch response.status.code {
        case 308:
            let confirmed = try ContentRange.acknowledged(response.headers.first(name: "Range"))
            guard confirmed <= sentEnd else {
                throw UploadError(.rejected, "the server claims to have \(confirmed) bytes, but only \(sentEnd) can have been sent")
            }
            return .confirmed(confirmed)
        case 200, 201:
            let object = try object(response)
            guard mayBeComplete else {
                throw UploadError(.invalidResponse, "malformed response: the server finished the object before it had all of it")
            }
            return .committed(object)
        default:
            throw faults.classify(response, about: .session)
        }
    }

    /// The object that a `commit` made.
    func committed(in response: HTTPResponse, size: Int64) throws(UploadError) -> RemoteObject {
        switch try progress(in: response, sentEnd: size, mayBeComplete: true) {
        case .committed(let object): return object
        case .confirmed(let bytes):
            throw UploadError(.invalidResponse, "the server has \(bytes) of \(size) bytes and does not finish the object")
        case .parts, .committing:
            throw UploadError(.invalidResponse, "malformed response: it belongs to another protocol")
        }
    }

    /// Whether the session is gone after an `abort`: 499 is what the service says when it was there.
    func aborted(_ response: HTTPResponse) throws(UploadError) {
        switch response.status.code {
        case 200, 204, 404, 410, 499: return
        default: throw faults.classify(response, about: .session)
        }
    }
}
