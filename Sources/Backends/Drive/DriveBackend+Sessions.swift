import HTTPTransport
import NIOHTTP1
import UploadCore

extension DriveBackend {
    public func begin(_ object: ObjectDescription) async throws(UploadError) -> UploadSession {
        try check(object)
        let target = try await target(of: object)
        let expiry = SessionExpiry(openedAt: now())
        let answer = try await upload(wire.begin(target, object))
        guard answer.status == .ok || answer.status == .created else { throw await refusal(answer, target, object) }
        return try answers.session(in: answer, isSecure: destination.isSecure, expiresAt: expiry)
    }

    public func probe(_ session: UploadSession, of object: ObjectDescription) async throws(UploadError) -> SessionProgress {
        let answer = try await client.bearer.send(ResumableRequest.question(session))
        return try await progress(answer, object, sentEnd: object.size ?? .max, mayBeComplete: true)
    }

    public func send(
        _ part: Part, of object: ObjectDescription, in session: UploadSession, body: PartBody, digest: ContentDigest?
    ) async throws(UploadError) -> SessionProgress {
        if part.isLast { try await checkReplaced(object) }
        let answer = try await upload(ResumableRequest.part(part, of: object, in: session, body: .stream(body)))
        return try await progress(answer, object, sentEnd: part.end, mayBeComplete: part.isLast)
    }

    public func commit(
        _ session: UploadSession, of object: ObjectDescription, parts: [PartReceipt], digest: ContentDigest
    ) async throws(UploadError) -> SessionProgress {
        try await checkReplaced(object)
        let answer = try await upload(ResumableRequest.end(session, of: object))
        _ = try answers.committed(in: answer, size: object.size ?? 0)
        return .committed(try await updated(try DriveFile(answer), object))
    }

    public func abort(_ session: UploadSession) async throws(UploadError) {
        try answers.aborted(try await client.bearer.send(ResumableRequest.abort(session)))
    }

    private func progress(
        _ answer: HTTPAnswer, _ object: ObjectDescription, sentEnd: Int64, mayBeComplete: Bool
    ) async throws(UploadError) -> SessionProgress {
        let progress = try answers.progress(in: answer, sentEnd: sentEnd, mayBeComplete: mayBeComplete)
        guard case .committed = progress else { return progress }
        return .committed(try await updated(try DriveFile(answer), object))
    }

    private var answers: SessionAnswers { SessionAnswers(faults: faults, object: DriveFile.object) }
}
