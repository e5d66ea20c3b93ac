import HTTPTransport
import NIOHTTP1
import UploadCore

/// Upload sessions. Box forgets one as soon as it has been committed or aborted.
extension BoxBackend {
    public func begin(_ object: ObjectDescription) async throws(UploadError) -> UploadSession {
        let place = try await place(for: object)
        let answer = try await bearer.send(wire.begin(object, at: place))
        guard answer.status == .created || answer.status == .ok else { throw try await refusal(answer, object, place) }
        let session = try BoxJSON.decode(BoxJSON.Session.self, answer, "no upload session")
        let endpoints = session.session_endpoints
        let urls = [endpoints.upload_part, endpoints.list_parts, endpoints.commit, endpoints.abort]
        guard session.part_size > 0, urls.allSatisfy(isUsable) else {
            throw UploadError(.invalidAnswer, "the server opened an upload session that can not be used")
        }
        let etag: String? = if case .version(_, let etag) = place { etag } else { nil }
        let handle = BoxSessionHandle(
            part: endpoints.upload_part, list: endpoints.list_parts, commit: endpoints.commit, abort: endpoints.abort, etag: etag)
        return UploadSession(
            handle: handle.text, expiresAt: session.session_expires_at.flatMap(RFC3339.parse), partSize: session.part_size)
    }

    /// The service says on which of its hosts a session lives, and the access token goes there as well: an answer over TLS can
    /// not send it away in the clear.
    private func isUsable(_ url: String) -> Bool {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        return scheme == "https" || (scheme == "http" && !destination.endpoints.isSecure)
    }

    public func probe(_ session: UploadSession, of object: ObjectDescription) async throws(UploadError) -> SessionProgress {
        let handle = try BoxSessionHandle(session)
        var receipts: [PartReceipt] = []
        while true {
            let answer = try await bearer.send(wire.parts(of: handle, offset: receipts.count))
            guard answer.status == .ok else { throw faults.classify(answer, about: .session(name: object.key.boxName)) }
            let page = try BoxJSON.decode(BoxJSON.PartList.self, answer, "no list of parts").entries
            receipts += try page.map { part throws(UploadError) in try receipt(part, session) }
            // "offset > 10000 → 400": no session has more parts than that.
            guard !page.isEmpty, receipts.count < Self.partsMax else { return .parts(receipts) }
            if let size = object.size, receipts.reduce(0, { $0 + $1.length }) >= size { return .parts(receipts) }
        }
    }

    private static let partsMax = 10_000

    private func receipt(_ part: BoxJSON.Part, _ session: UploadSession) throws(UploadError) -> PartReceipt {
        guard let partSize = session.partSize, partSize > 0, part.offset >= 0, part.offset / partSize < Self.partsMax else {
            throw UploadError(.invalidAnswer, "the server has a part that can not be one of the session's")
        }
        return PartReceipt(
            number: Int(part.offset / partSize) + 1, offset: part.offset, length: part.size, token: part.part_id,
            digest: part.sha1.flatMap { ContentDigest(algorithm: .sha1, hex: $0) })
    }

    public func send(
        _ part: Part, of object: ObjectDescription, in session: UploadSession, body: PartBody, digest: ContentDigest?
    ) async throws(UploadError) -> SessionProgress {
        let handle = try BoxSessionHandle(session)
        guard let size = object.size, let digest, digest.algorithm == .sha1 else {
            throw UploadError(.rejected, "Box has to know the length of the file and the SHA-1 of each part")
        }
        let answer = try await bearer.send(wire.send(part, of: size, handle, body: .stream(body), sha1: digest))
        guard answer.status == .ok || answer.status == .created else { throw faults.classify(answer, about: .part) }
        let receipt = try receipt(BoxJSON.decode(BoxJSON.PartAnswer.self, answer, "no part").part, session)
        guard receipt.offset == part.offset, receipt.length == part.length else {
            throw UploadError(.invalidAnswer, "the server received another part than was sent")
        }
        return .parts([receipt])
    }

    public func commit(
        _ session: UploadSession, of object: ObjectDescription, parts: [PartReceipt], digest: ContentDigest
    ) async throws(UploadError) -> SessionProgress {
        let handle = try BoxSessionHandle(session)
        let answer = try await bearer.send(wire.commit(handle, of: object, parts, sha1: digest))
        let missesParts = answer.status == .badRequest && BoxRefusal(answer).code == BoxFaults.partsMismatch
        let isPatient = patience.note(handle, missesParts: missesParts)
        switch answer.status {
        case .created, .ok: return .committed(try BoxJSON.uploaded(in: answer))
        // The body is empty while the parts are being processed.
        case .accepted: return .committing(retryAfter: RetryAfter.parse(answer.headers))
        case _ where !isPatient:
            throw UploadError(
                .digestMismatch, "Box lists all parts, and says for 10 minutes that the file can not be made of them; the upload starts again")
        default: throw named(object.key, faults.classify(answer, about: .session(name: object.key.boxName)), answer)
        }
    }

    public func abort(_ session: UploadSession) async throws(UploadError) {
        let answer = try await bearer.send(wire.abort(try BoxSessionHandle(session)))
        switch answer.status.code {
        case 200, 204, 404, 410: return
        default: throw faults.classify(answer, about: .session(name: ""))
        }
    }
}
