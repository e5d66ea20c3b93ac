import struct Foundation.Date
import HTTPTransport
import NIOHTTP1
import UploadCore

/// Copies within the bucket: in one step up to 5 GiB, above that part by part.
extension HuaweiOBSBackend {
    /// What one request copies of a large object, in bytes, unless its parts have to be longer to be few enough.
    private static let copiedPartSize: Int64 = 1 << 30

    /// - Parameter etag: of the source; a newer one is not copied.
    func copy(
        _ source: ObjectKey, etag: String, of found: RemoteObject, to target: ObjectKey, _ ledger: any SessionLedger
    ) async throws(UploadError) {
        guard found.size > copyMax else {
            _ = try MultipartXML.copiedETag(in: try await accepted(wire.copy(source, etag: etag, to: target)))
            return
        }
        let described = try await transport.send(wire.find(source))
        guard described.status == .ok else { throw faults.classify(described) }
        let session = try await beginCopy(to: target, like: described, ledger)
        do throws(UploadError) {
            try await copyParts(source, etag: etag, of: found, try MultipartHandle(session))
        } catch {
            // The next attempt starts again. What cannot be dropped at once is the ledger's to drop.
            try await ledger.ended(session, isGone: (try? await abort(session)) != nil)
            throw error
        }
        try await ledger.ended(session, isGone: true)
    }

    private func beginCopy(
        to target: ObjectKey, like source: HTTPResponse, _ ledger: any SessionLedger
    ) async throws(UploadError) -> UploadSession {
        let begin = SessionBegin(key: target, from: Date())
        try await ledger.beginning(begin)
        let session: UploadSession
        do throws(UploadError) {
            let id = try MultipartXML.uploadID(in: try await accepted(wire.beginCopy(to: target, like: source)))
            session = UploadSession(handle: MultipartHandle(id: id, key: target, hasOpaqueTags: true).text, expiresAt: nil)
        } catch {
            try await ledger.beginFailed(begin, mayExist: error.outcomeUnknown)
            throw error
        }
        try await ledger.opened(session, by: begin)
        return session
    }

    private func copyParts(
        _ source: ObjectKey, etag: String, of found: RemoteObject, _ handle: MultipartHandle
    ) async throws(UploadError) {
        let partSize = NumberedPartPlan.partSize(for: found.size, wanted: min(Self.copiedPartSize, copyMax), granularity: 1, rules: Self.parts)
        guard let plan = NumberedPartPlan(size: found.size, partSize: partSize, countMax: Self.parts.countMax) else {
            throw UploadError(.tooLarge, "the object has \(found.size) bytes, more than a copy in parts can have")
        }
        var receipts: [PartReceipt] = []
        for part in plan.parts {
            let response = try await accepted(wire.copyPart(part, of: source, etag: etag, handle))
            let token = try MultipartXML.copiedPartETag(in: response)
            receipts.append(PartReceipt(number: part.number, offset: part.offset, length: part.length, token: token, digest: nil))
        }
        _ = try await accepted(wire.commit(handle, receipts, digest: found.digest))
    }
}
