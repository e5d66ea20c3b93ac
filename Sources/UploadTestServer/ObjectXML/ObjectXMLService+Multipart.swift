import Foundation
import HTTPTypes
import Hummingbird

/// Objects that come in parts.
extension ObjectXMLService {
    func initiate(_ exchange: Exchange, _ name: ObjectName) async throws -> Response {
        try await pass(.begin, name, exchange) { fault in
            try checkTarget(name)
            let upload = try uploads.begin(name, try traits(exchange))
            let document = XMLOutput(
                "InitiateMultipartUploadResult", named(name, exchange) + [XMLOutput("UploadId", upload.record.id)])
            return Response.xml(document, namespace: dialect.namespace).adding(upload.record.traits.headers)
        }
    }

    func putPart(_ exchange: Exchange, _ name: ObjectName, _ id: String) async throws -> Response {
        try await pass(.part, name, exchange) { fault in
            let (upload, number) = try part(exchange, name, id, fault)
            if let length = exchange.contentLength, length > dialect.partSizeMax {
                throw ObjectXMLError(400, "EntityTooLarge", "A part has at most \(dialect.partSizeMax) bytes.")
            }
            let claimed = try ClaimedDigests(exchange, prefix: dialect.prefix)
            let content = try await receive(exchange, fault, name, resent: upload.hasPart(number))
            if fault.persistBytes == nil { try claimed.check(content.digests) }
            return answer(try upload.store(content, as: number), upload, fault)
        }
    }

    /// The upload and the number of the part that a request brings, with the upload's key.
    func part(_ exchange: Exchange, _ name: ObjectName, _ id: String, _ fault: FaultAction) throws -> (MultipartUpload, Int) {
        let upload = try upload(id, name, fault)
        guard let number = exchange.target["partNumber"].flatMap({ Int($0) }), (1...10_000).contains(number) else {
            throw ObjectXMLError.invalidArgument("Part number must be an integer between 1 and 10000, inclusive.")
        }
        try dialect.check(exchange, against: upload.record.traits.customerKey)
        return (upload, number)
    }

    private func answer(_ part: PartRecord, _ upload: MultipartUpload, _ fault: FaultAction) -> Response {
        let digests = VouchedDigests(
            crc32c: part.digests.crc32c, crc64: part.digests.crc64, md5: part.digests.md5Base64, fault: fault)
        var response = Response(status: .ok)
        response.headers[.eTag] = "\"\(fault.wrongCRC32C == true ? MultipartUpload.opaqueETag(part.digests) : part.etag)\""
        for (name, value) in dialect.digestHeaders(digests) { response = response.adding(name, value) }
        return response.adding(upload.record.traits.headers)
    }

    func listParts(_ exchange: Exchange, _ name: ObjectName, _ id: String) async throws -> Response {
        try await pass(.probe, name, exchange) { fault in
            let upload = try upload(id, name, fault)
            let marker = exchange.target["part-number-marker"].flatMap { Int($0) } ?? 0
            let limit = exchange.limit("max-parts", upTo: dialect.pageMax, from: 1)
            let rest = upload.parts.filter { $0.number > marker }
            let page = rest.prefix(limit)
            var elements = named(name, exchange)
            elements += [
                XMLOutput("UploadId", id), XMLOutput("Initiator", [XMLOutput("ID", "test-owner")]),
                XMLOutput("Owner", [XMLOutput("ID", "test-owner")]),
                XMLOutput("StorageClass", upload.record.traits.fields["storageClass"]?.string ?? "STANDARD"),
                XMLOutput("PartNumberMarker", String(marker)),
                XMLOutput("NextPartNumberMarker", String(page.last?.number ?? 0)), XMLOutput("MaxParts", String(limit)),
                XMLOutput("IsTruncated", String(rest.count > limit)),
            ]
            elements += page.map { part in
                XMLOutput(
                    "Part",
                    [
                        XMLOutput("PartNumber", String(part.number)), XMLOutput("LastModified", part.modified),
                        XMLOutput("ETag", "\"\(part.etag)\""), XMLOutput("Size", String(part.size + (fault.rangeBeyond ?? 0))),
                    ])
            }
            return .xml(XMLOutput("ListPartsResult", elements), namespace: dialect.namespace)
        }
    }

    func complete(_ exchange: Exchange, _ name: ObjectName, _ id: String) async throws -> Response {
        let body = try await exchange.collectBody(upTo: 4 << 20)
        return try await pass(.commit, name, exchange) { fault in
            let upload = try upload(id, name, fault)
            let claimed = try ClaimedDigests(exchange, prefix: dialect.prefix)
            let (content, crc64, etag) = try await upload.assemble(
                try CompletionList(body), partSizeMin: dialect.partSizeMin)
            let record: ObjectRecord
            do {
                try claimed.checkCRC64(crc64)
                let traits = upload.record.traits
                record = try objects.put(
                    name, fields: traits.fields, content: content, md5: nil, xml: traits.record(etag: etag, crc64: crc64)
                ) { _ in }
            } catch {
                upload.reopen()
                try Files.remove(content.path)
                throw error
            }
            try uploads.discard(upload)
            let location = XMLOutput("Location", "\(exchange.baseURL)\(exchange.target.rawPath)")
            let document = XMLOutput(
                "CompleteMultipartUploadResult", [location] + named(name, exchange) + [XMLOutput("ETag", "\"\(etag)\"")])
            var response = Response.xml(document, namespace: dialect.namespace).describing(record, dialect, fault)
            // The entity tag of this response's own body is none of the object's.
            response.headers[.eTag] = nil
            return response
        }
    }

    func abort(_ exchange: Exchange, _ name: ObjectName, _ id: String) async throws -> Response {
        try await pass(.abort, name, exchange) { fault in
            let upload = try upload(id, name, fault)
            if fault.keepSession != true { try uploads.discard(upload) }
            return Response(status: .noContent)
        }
    }

    /// The upload, unless a fault loses it or its parts at this moment.
    private func upload(_ id: String, _ name: ObjectName, _ fault: FaultAction) throws -> MultipartUpload {
        guard objects.hasBucket(name.bucket) else { throw ObjectXMLError.noBucket }
        let upload = try uploads.upload(id, of: name)
        if fault.loseSession != nil {
            try uploads.discard(upload)
            throw ObjectXMLError.noUpload
        }
        if fault.noRange == true { try upload.forgetParts() }
        return upload
    }

    /// Bucket and key, encoded where the client asks for that.
    func named(_ name: ObjectName, _ exchange: Exchange) -> [XMLOutput] {
        guard exchange.target["encoding-type"]?.lowercased() == "url" else {
            return [XMLOutput("Bucket", name.bucket), XMLOutput("Key", name.key)]
        }
        return [XMLOutput("EncodingType", "url"), XMLOutput("Bucket", name.bucket), XMLOutput("Key", Self.encode(name.key))]
    }

    static func encode(_ key: String) -> String {
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
        return key.addingPercentEncoding(withAllowedCharacters: plain) ?? key
    }
}

extension Response {
    fileprivate func adding(_ headers: [String: String]) -> Response {
        headers.reduce(self) { $0.adding($1.key, $1.value) }
    }
}
