import Foundation
import HTTPTypes
import Hummingbird

/// Whole objects.
extension ObjectXMLService {
    func put(_ exchange: Exchange, _ name: ObjectName) async throws -> Response {
        try await pass(.media, name, exchange) { fault in
            try checkTarget(name)
            let traits = try self.traits(exchange)
            let claimed = try ClaimedDigests(exchange, prefix: dialect.prefix)
            let content = try await receive(exchange, fault, name, resent: false)
            let digests = content.digests
            try claimed.check(digests)
            let etag = traits.isEncrypted ? MultipartUpload.opaqueETag(digests) : digests.md5Hex
            let record = try objects.put(
                name, fields: traits.fields, content: content.content, md5: digests.md5Base64,
                xml: traits.record(etag: etag, crc64: digests.crc64)
            ) { _ in }
            content.wasTaken()
            return Response(status: .ok).describing(record, dialect, fault)
        }
    }

    func head(_ exchange: Exchange, _ name: ObjectName) async throws -> Response {
        try await pass(.get, name, exchange) { fault in
            let record = try existing(name)
            try checkKey(exchange, record)
            var response = Response(status: .ok).describing(record, dialect, fault).withMetadata(of: record, dialect)
            response.headers[.contentLength] = String(record.size)
            return response
        }
    }

    func download(_ exchange: Exchange, _ name: ObjectName) async throws -> Response {
        try await pass(.download, name, exchange) { fault in
            try checkKey(exchange, try existing(name))
            guard let (record, file) = try objects.open(name) else { throw ObjectXMLError.noKey }
            let response = try MediaDownload(file: file, record: record, etag: record.xmlETag).response(exchange, fault)
            guard response.status != .rangeNotSatisfiable else {
                throw ObjectXMLError(416, "InvalidRange", "The requested range cannot be satisfied.")
            }
            return response.describing(record, dialect, fault).withMetadata(of: record, dialect)
        }
    }

    /// An object that is not there is no error: it is gone, as it should be.
    func delete(_ exchange: Exchange, _ name: ObjectName) async throws -> Response {
        try await pass(.delete, name, exchange) { _ in
            guard objects.hasBucket(name.bucket) else { throw ObjectXMLError.noBucket }
            _ = try objects.remove(name) { _ in }
            return Response(status: .noContent)
        }
    }

    /// The grants of the canned access list that the object was made with.
    func accessList(_ exchange: Exchange, _ name: ObjectName) async throws -> Response {
        try await pass(.get, name, exchange) { _ in
            let record = try existing(name)
            let owner = XMLOutput("ID", "test-owner")
            var grants = [XMLOutput("Grant", [XMLOutput("Grantee", [owner]), XMLOutput("Permission", "FULL_CONTROL")])]
            if record.xml?.headers["\(dialect.prefix)acl"]?.hasPrefix("public-read") ?? false {
                let everyone = XMLOutput("Grantee", [XMLOutput("Canned", "Everyone")])
                grants.append(XMLOutput("Grant", [everyone, XMLOutput("Permission", "READ")]))
            }
            let document = XMLOutput(
                "AccessControlPolicy", [XMLOutput("Owner", [owner]), XMLOutput("AccessControlList", grants)])
            return .xml(document, namespace: dialect.namespace)
        }
    }

    func existing(_ name: ObjectName) throws -> ObjectRecord {
        guard objects.hasBucket(name.bucket) else { throw ObjectXMLError.noBucket }
        guard let record = objects.record(of: name) else { throw ObjectXMLError.noKey }
        return record
    }

    /// Content under a key of the client's own is only for who has that key.
    private func checkKey(_ exchange: Exchange, _ record: ObjectRecord) throws {
        try dialect.check(exchange, against: record.xml?.customerKey)
    }

    func traits(_ exchange: Exchange) throws -> ObjectTraits {
        ObjectTraits(
            fields: ObjectFields.read(exchange, prefix: dialect.prefix), headers: try dialect.traits(exchange),
            customerKey: try dialect.customerKey(exchange))
    }

    /// Takes in a body, or as much of it as a fault lets be kept.
    func receive(_ exchange: Exchange, _ fault: FaultAction, _ name: ObjectName, resent: Bool) async throws -> DigestedContent {
        var body = FaultedBody(exchange, fault)
        let content = try DigestedContent(path: objects.layout.incoming())
        var room = fault.persistBytes ?? .max
        while var piece = try await body.next() {
            let count = piece.readableBytes
            gate.counters.bytesArrived(count, resent: resent ? count : 0, name)
            guard let kept = piece.readSlice(length: min(count, Int(clamping: room))) else { continue }
            room -= Int64(kept.readableBytes)
            try content.append(kept)
        }
        return content
    }
}

extension ObjectXMLDialect {
    /// - Parameter customerKey: what tells the key that the bytes are under.
    func check(_ exchange: Exchange, against customerKey: String?) throws {
        let given = try self.customerKey(exchange)
        guard given == customerKey else {
            throw given == nil
                ? ObjectXMLError(400, "InvalidRequest", "The object was stored using a form of Server Side Encryption. Its key is missing.")
                : ObjectXMLError(403, "AccessDenied", "The key is not the one that the object was stored under.")
        }
    }
}

extension ObjectTraits {
    func record(etag: String, crc64: UInt64) -> ObjectRecord.XMLTraits {
        ObjectRecord.XMLTraits(etag: etag, crc64: crc64, headers: headers, customerKey: customerKey)
    }
}

extension ObjectRecord {
    /// The ETag that the XML APIs show, also for an object that came by another.
    var xmlETag: String {
        if let xml { return xml.etag }
        let md5 = md5.flatMap { Data(base64Encoded: $0) }
        return md5.map { $0.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() } ?? "\(generation)"
    }
}
