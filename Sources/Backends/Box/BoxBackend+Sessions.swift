import HTTPTransport
import NIOHTTP1
import UploadCore

/// Upload sessions. Box forgets one as soon as it has been committed or aborted.
extension BoxBackend {
    public func begin(_ object: ObjectDescription) async throws(UploadError) -> UploadSession {
        let place = try await place(for: object)
        let response = try await bearer.send(wire.begin(object, at: place))
        guard response.status == .created || response.status == .ok else { throw try await refusal(response, object, place) }
        let opened = try BoxJSON.decode(BoxJSON.Session.self, response, "no upload session")
        let endpoints = opened.session_endpoints
        let urls = [endpoints.upload_part, endpoints.list_parts, endpoints.commit, endpoints.abort]
        guard urls.allSatisfy(bearer.hosts.include) else {
            throw UploadError(.invalidResponse, "malformed response: a URL of the new upload session is invalid or on another host")
        }
        let etag: String? = if case .version(_, let etag) = place { etag } else { nil }
        let handle = BoxSessionHandle(
            part: endpoints.upload_part, list: endpoints.list_parts, commit: endpoints.commit, abort: endpoints.abort, etag: etag)
        let session = UploadSession(
            handle: handle.text, expiresAt: opened.session_expires_at.flatMap(RFC3339.parse), partSize: opened.part_size)
        guard isUsable(opened, session, for: object) else {
            // Otherwise it would stay at Box until it expires. A failed abort must not hide the actual error.
            try? await abort(session)
            throw UploadError(
                .invalidResponse,
                "Box returned an upload session with parts of \(opened.part_size) bytes, too small for a file of \(object.size ?? 0) bytes")
        }
        return session
    }

    /// The part length is Box's to choose, and `total_parts` says what it makes of the file. A session has up to 10,000 parts:
    /// "offset > 10000 → 400" (developer.box.com, "List parts").
    private func isUsable(_ opened: BoxJSON.Session, _ session: UploadSession, for object: ObjectDescription) -> Bool {
        guard opened.part_size <= Self.partLengthMax, let plan = try? session.plan(of: object.size) else { return false }
        return opened.total_parts == nil || opened.total_parts == plan.count
    }

    /// More than any service takes in one request, in bytes.
    static let partLengthMax: Int64 = 5 << 30

    public func probe(_ session: UploadSession, of object: ObjectDescription) async throws(UploadError) -> SessionProgress {
        let handle = try BoxSessionHandle(session)
        let plan = try session.plan(of: object.size)
        var receipts: [PartReceipt] = []
        var numbers: Set<Int> = []
        while true {
            let response = try await bearer.send(wire.parts(of: handle, offset: receipts.count))
            guard response.status == .ok else { throw faults.classify(response, about: .session(name: object.key.boxName)) }
            let page = try BoxJSON.decode(BoxJSON.PartList.self, response, "no list of parts").entries
            for part in page {
                let receipt = try receipt(part, plan)
                guard numbers.insert(receipt.number).inserted else {
                    throw UploadError(.invalidResponse, "malformed response: Box listed part \(receipt.number) of the upload session twice")
                }
                receipts.append(receipt)
            }
            // No number comes twice, so there are no more of them than parts.
            if page.isEmpty || receipts.totalLength >= plan.size || receipts.count >= plan.count { return .parts(receipts) }
        }
    }

    /// - Throws: `digestMismatch` for a part that this file does not have: parts cannot be replaced, so the session is of no use.
    private func receipt(_ part: BoxJSON.Part, _ plan: NumberedPartPlan) throws(UploadError) -> PartReceipt {
        guard part.offset >= 0, part.size >= 0 else {
            throw UploadError(.invalidResponse, "malformed response: Box described a part of negative length")
        }
        guard part.offset / plan.partSize < Int64(plan.count), part.size <= plan.partSize else {
            throw UploadError(.digestMismatch, "Box has a part in the upload session that is not one of this file's; the upload starts again")
        }
        return PartReceipt(
            number: Int(part.offset / plan.partSize) + 1, offset: part.offset, length: part.size, token: part.part_id,
            digest: part.sha1.flatMap { ContentDigest(algorithm: .sha1, hex: $0) })
    }

    public func send(
        _ part: Part, of object: ObjectDescription, in session: UploadSession, body: PartBody, digest: ContentDigest?
    ) async throws(UploadError) -> SessionProgress {
        let handle = try BoxSessionHandle(session)
        guard let size = object.size, let digest, digest.algorithm == .sha1 else {
            throw UploadError(.rejected, "Box requires the length of the file and the SHA-1 of each part")
        }
        let response = try await bearer.send(wire.send(part, of: size, handle, body: .stream(body), sha1: digest))
        guard response.status == .ok || response.status == .created else { throw faults.classify(response, about: .part) }
        let receipt = try receipt(BoxJSON.decode(BoxJSON.PartResponse.self, response, "no part").part, try session.plan(of: size))
        guard receipt.offset == part.offset, receipt.length == part.length else {
            throw UploadError(.invalidResponse, "malformed response: Box acknowledged another part than was sent")
        }
        return .parts([receipt])
    }

    public func commit(
        _ session: UploadSession, of object: ObjectDescription, parts: [PartReceipt], digest: ContentDigest
    ) async throws(UploadError) -> SessionProgress {
        let handle = try BoxSessionHandle(session)
        let response = try await bearer.send(wire.commit(handle, of: object, parts, sha1: digest))
        let missesParts = response.status == .badRequest && BoxRefusal(response).code == BoxFaults.partsMismatch
        let mayRepeat = commitTimeout.note(handle, missesParts: missesParts)
        switch response.status {
        case .created, .ok: return .committed(try BoxJSON.uploaded(in: response))
        // The body is empty while the parts are being processed.
        case .accepted: return .committing(retryAfter: RetryAfter.parse(response.headers))
        case _ where !mayRepeat:
            throw UploadError(
                .digestMismatch, "Box lists all parts but has rejected the commit for 10 minutes; the upload starts again")
        default: throw named(object.key, faults.classify(response, about: .session(name: object.key.boxName)), response)
        }
    }

    public func abort(_ session: UploadSession) async throws(UploadError) {
        let response = try await bearer.send(wire.abort(try BoxSessionHandle(session)))
        switch response.status.code {
        case 200, 204, 404, 410: return
        default: throw faults.classify(response, about: .session(name: ""))
        }
    }
}
