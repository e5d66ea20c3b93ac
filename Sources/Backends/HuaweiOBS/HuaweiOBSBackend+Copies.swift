import HTTPTransport
import NIOHTTP1
import UploadCore

/// Copies within the bucket: in one step up to 5 GiB, above that part by part.
extension HuaweiOBSBackend {
    /// What one request copies of a large object, in bytes, unless its parts have to be longer to be few enough.
    private static let copiedPartSize: Int64 = 1 << 30

    /// - Parameter etag: of the source; a newer one is not copied.
    func copy(_ source: ObjectKey, etag: String, of found: RemoteObject, to target: ObjectKey) async throws(UploadError) {
        guard found.size > copyMax else {
            let answer = try await transport.send(wire.copy(source, etag: etag, to: target))
            guard answer.status == .ok, !ObjectXMLRefusal.isInside(answer) else { throw faults.classify(answer) }
            _ = try MultipartXML.copiedETag(in: answer)
            return
        }
        let described = try await transport.send(wire.find(source))
        guard described.status == .ok else { throw faults.classify(described) }
        let answer = try await transport.send(wire.beginCopy(to: target, like: described))
        guard answer.status == .ok, !ObjectXMLRefusal.isInside(answer) else { throw faults.classify(answer) }
        let handle = MultipartHandle(id: try MultipartXML.uploadID(in: answer), key: target, hasOpaqueTags: true)
        do throws(UploadError) {
            try await copyParts(source, etag: etag, of: found, handle)
        } catch {
            // The next try begins anew. What can not be dropped now is the bucket's rules to drop: its handle is nowhere stored.
            try? await abort(UploadSession(handle: handle.text, expiresAt: nil))
            throw error
        }
    }

    private func copyParts(
        _ source: ObjectKey, etag: String, of found: RemoteObject, _ handle: MultipartHandle
    ) async throws(UploadError) {
        let partSize = NumberedPartPlan.partSize(for: found.size, wanted: min(Self.copiedPartSize, copyMax), granularity: 1, rules: Self.parts)
        let plan = NumberedPartPlan(size: found.size, partSize: partSize)
        var receipts: [PartReceipt] = []
        for number in 1...plan.count {
            let part = plan.part(number)
            let answer = try await transport.send(wire.copyPart(part, of: source, etag: etag, handle))
            guard answer.status == .ok, !ObjectXMLRefusal.isInside(answer) else { throw faults.classify(answer) }
            let token = try MultipartXML.copiedPartETag(in: answer)
            receipts.append(PartReceipt(number: number, offset: part.offset, length: part.length, token: token, digest: nil))
        }
        let answer = try await transport.send(wire.commit(handle, receipts, digest: found.digest))
        guard answer.status == .ok, !ObjectXMLRefusal.isInside(answer) else { throw faults.classify(answer) }
    }
}
