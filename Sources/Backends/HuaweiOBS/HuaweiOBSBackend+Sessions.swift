import HTTPTransport
import NIOHTTP1
import UploadCore

/// Uploads in parts. OBS forgets one as soon as it has been completed or aborted.
extension HuaweiOBSBackend {
    public func begin(_ object: ObjectDescription) async throws(UploadError) -> UploadSession {
        try Self.check(object)
        let response = try await accepted(wire.begin(object))
        // The bucket may encrypt what no one asked it to.
        let isEncrypted = response.headers.contains { $0.name.lowercased().hasPrefix("x-obs-server-side-encryption") }
        let handle = MultipartHandle(id: try MultipartXML.uploadID(in: response), key: object.key, hasOpaqueTags: isEncrypted)
        return UploadSession(handle: handle.text, expiresAt: nil)
    }

    public func orphanedSessions(_ begin: SessionBegin) async throws(UploadError) -> [UploadSession] {
        try await OrphanedUploads(begin).find { place throws(UploadError) in
            try await accepted(wire.uploads(of: begin.key, after: place))
        } parts: { handle throws(UploadError) in
            try await accepted(wire.parts(of: handle, after: 0, limit: 1))
        }
    }

    public func identity(of session: UploadSession) -> String { (try? MultipartHandle(session))?.id ?? session.handle }

    public func probe(_ session: UploadSession, of object: ObjectDescription) async throws(UploadError) -> SessionProgress {
        do throws(UploadError) {
            return .parts(try await receipts(of: session, object))
        } catch {
            guard error.code == .sessionGone, let made = try await madeOf(object) else { throw error }
            return .committed(made)
        }
    }

    private func receipts(of session: UploadSession, _ object: ObjectDescription) async throws(UploadError) -> [PartReceipt] {
        let handle = try MultipartHandle(session)
        let plan = try session.plan(of: object.size)
        var receipts: [PartReceipt] = []
        var marker: Int? = 0
        while let after = marker {
            let page = try MultipartXML.parts(in: try await accepted(wire.parts(of: handle, after: after)), after: after)
            receipts += page.receipts(of: handle, plan)
            marker = page.next
        }
        return receipts
    }

    public func send(
        _ part: Part, of object: ObjectDescription, in session: UploadSession, body: PartBody, digest: ContentDigest?
    ) async throws(UploadError) -> SessionProgress {
        let handle = try MultipartHandle(session)
        let response = try await transport.send(wire.send(part, handle, body: .stream(body), digest: digest))
        guard response.status == .ok else { throw ObjectXMLFaults.resendable(faults.classify(response)) }
        guard let etag = response.headers.first(name: "ETag").map(ETag.opaque), !etag.isEmpty else {
            throw UploadError(.invalidResponse, "malformed response: the uploaded part has no ETag")
        }
        // The server has compared the bytes with the digest of the request; a tag that differs from it is no digest.
        let receipt = PartReceipt(
            number: part.number, offset: part.offset, length: part.length, token: etag, digest: ETag.md5(etag) == digest ? digest : nil)
        return .parts([receipt])
    }

    public func commit(
        _ session: UploadSession, of object: ObjectDescription, parts: [PartReceipt], digest: ContentDigest
    ) async throws(UploadError) -> SessionProgress {
        let handle = try MultipartHandle(session)
        if object.precondition != .none {
            let found = try await find(object.key)
            if let found, Self.isMade(found, of: object) { return .committed(found) }
            try object.precondition.check(found)
        }
        let response = try await transport.send(wire.commit(handle, parts, digest: digest))
        if response.status == .ok, !ObjectXMLRefusal.isInside(response) {
            return .committed(try await committed(object, parts, response))
        }
        let error = faults.classify(response)
        guard error.code == .sessionGone, let made = try await madeOf(object) else { throw error }
        return .committed(made)
    }

    /// The object as the service counts it: its checksum covers the length, too; without one the object is looked at.
    private func committed(
        _ object: ObjectDescription, _ parts: [PartReceipt], _ response: HTTPResponse
    ) async throws(UploadError) -> RemoteObject {
        let etag = try MultipartXML.completedETag(in: response)
        if let digest = OBSChecksum.digest(in: response) {
            return made(object, etag: etag, digest: digest, size: parts.totalLength)
        }
        guard let found = try await find(object.key), found.etag == etag else {
            throw UploadError(.invalidResponse, "the server completed an upload, and the object is not there")
        }
        return found
    }

    /// The object, if this very upload has made it: an earlier response was lost then.
    private func madeOf(_ object: ObjectDescription) async throws(UploadError) -> RemoteObject? {
        guard let found = try await find(object.key), Self.isMade(found, of: object) else { return nil }
        return found
    }

    private static func isMade(_ found: RemoteObject, of object: ObjectDescription) -> Bool {
        found.reservation != nil && found.reservation == object.reservation && (object.size == nil || found.size == object.size)
    }

    public func abort(_ session: UploadSession) async throws(UploadError) {
        let handle = try MultipartHandle(session)
        try await MultipartAbort(faults: faults).run {
            () async throws(UploadError) in
            try await transport.send(wire.abort(handle))
        } look: {
            () async throws(UploadError) in
            try await transport.send(wire.parts(of: handle, after: 0, limit: 1))
        }
    }

    /// The response to a request that returns 200 on success; an error may come inside of it.
    func accepted(_ request: OBSRequest) async throws(UploadError) -> HTTPResponse {
        let response = try await transport.send(request)
        guard response.status == .ok, !ObjectXMLRefusal.isInside(response) else { throw faults.classify(response) }
        return response
    }
}
