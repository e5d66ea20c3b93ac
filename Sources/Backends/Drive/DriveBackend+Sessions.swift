import HTTPTransport
import NIOHTTP1
import UploadCore

extension DriveBackend {
    public func begin(_ object: ObjectDescription) async throws(UploadError) -> UploadSession {
        try check(object)
        let target = try await target(of: object)
        let expiry = SessionExpiry(openedAt: now())
        let response = try await upload(wire.begin(target, object))
        guard response.status == .ok || response.status == .created else { throw await refusal(response, target, object) }
        return try responses.session(in: response, hosts: client.bearer.hosts, expiresAt: expiry)
    }

    public func probe(_ session: UploadSession, of object: ObjectDescription) async throws(UploadError) -> SessionProgress {
        let response = try await client.bearer.send(ResumableRequest.question(session))
        return try await progress(response, object, sentEnd: object.size ?? .max, mayBeComplete: true)
    }

    public func send(
        _ part: Part, of object: ObjectDescription, in session: UploadSession, body: PartBody, digest: ContentDigest?
    ) async throws(UploadError) -> SessionProgress {
        if part.isLast { try await checkReplaced(object) }
        let response = try await upload(ResumableRequest.part(part, of: object, in: session, body: .stream(body)))
        return try await progress(response, object, sentEnd: part.end, mayBeComplete: part.isLast)
    }

    public func commit(
        _ session: UploadSession, of object: ObjectDescription, parts: [PartReceipt], digest: ContentDigest
    ) async throws(UploadError) -> SessionProgress {
        try await checkReplaced(object)
        let response = try await upload(ResumableRequest.end(session, of: object))
        _ = try responses.committed(in: response, size: object.size ?? 0)
        return .committed(try await updated(try DriveFile(response), object))
    }

    public func abort(_ session: UploadSession) async throws(UploadError) {
        try responses.aborted(try await client.bearer.send(ResumableRequest.abort(session)))
    }

    private func progress(
        _ response: HTTPResponse, _ object: ObjectDescription, sentEnd: Int64, mayBeComplete: Bool
    ) async throws(UploadError) -> SessionProgress {
        let progress = try responses.progress(in: response, sentEnd: sentEnd, mayBeComplete: mayBeComplete)
        guard case .committed = progress else { return progress }
        return .committed(try await updated(try DriveFile(response), object))
    }

    private var responses: SessionResponses { SessionResponses(faults: faults, object: DriveFile.object) }
}
