import Hummingbird

/// Copies within the service.
extension ObjectXMLService {
    /// The whole object at once, whatever its size: the bytes are shared.
    func copy(_ exchange: Exchange, _ target: ObjectName) async throws -> Response {
        try await pass(.rewrite, target, exchange) { fault in
            try checkTarget(target)
            let source = try existing(try sourceName(exchange))
            try checkConditions(exchange, source)
            let replaced = try replacement(exchange)
            if source.name == target && replaced == nil {
                throw ObjectXMLError(400, "InvalidRequest", "This copy changes nothing: source and target are the same.")
            }
            let record = try share(source, as: target, replaced)
            let document = XMLOutput(
                "CopyObjectResult", [XMLOutput("LastModified", record.updated), XMLOutput("ETag", "\"\(record.xmlETag)\"")])
            var response = Response.xml(document, namespace: dialect.namespace).describing(record, dialect, fault)
            response.headers[.eTag] = nil
            return response
        }
    }

    /// A part that is a range of an object.
    func copyPart(_ exchange: Exchange, _ target: ObjectName, _ id: String) async throws -> Response {
        try await pass(.rewrite, target, exchange) { fault in
            let (upload, number) = try part(exchange, target, id, fault)
            let source = try existing(try sourceName(exchange))
            try checkConditions(exchange, source)
            guard let (_, file) = try objects.open(source.name),
                let range = ByteRange(exchange.header("\(dialect.prefix)copy-source-range"), size: source.size)
            else { throw ObjectXMLError(416, "InvalidRange", "The requested range cannot be satisfied.") }
            let content = try DigestedContent(path: objects.layout.incoming())
            var offset = range.first
            while offset < range.end {
                let piece = try file.read(at: offset, count: Int(min(1 << 20, range.end - offset)))
                offset += Int64(piece.readableBytes)
                try content.append(piece)
            }
            let part = try upload.store(content, as: number)
            let document = XMLOutput(
                "CopyPartResult", [XMLOutput("LastModified", part.modified), XMLOutput("ETag", "\"\(part.etag)\"")])
            return .xml(document, namespace: dialect.namespace)
        }
    }

    /// `/BUCKET/KEY`, percent-encoded; the slash in front may be missing.
    private func sourceName(_ exchange: Exchange) throws -> ObjectName {
        let text = exchange.header("\(dialect.prefix)copy-source") ?? ""
        guard !text.contains("?"), let name = ObjectAddress(rawPath: text, hostBucket: nil).name else {
            throw ObjectXMLError.invalidArgument("The source of a copy is /BUCKET/KEY.")
        }
        return name
    }

    private func checkConditions(_ exchange: Exchange, _ source: ObjectRecord) throws {
        // Huawei's client percent-encodes the quotes.
        let wanted = exchange.header("\(dialect.prefix)copy-source-if-match")
            .map { RequestTarget.decode($0[...], plusIsSpace: false).filter { $0 != "\"" } }
        guard wanted == nil || wanted == source.xmlETag else {
            throw ObjectXMLError(412, "PreconditionFailed", "At least one of the preconditions you specified did not hold.")
        }
    }

    /// The new metadata where the request wants it replaced. Access list, storage class and encryption are the request's in any case.
    private func replacement(_ exchange: Exchange) throws -> ObjectTraits? {
        switch exchange.header("\(dialect.prefix)metadata-directive") {
        case "REPLACE": try traits(exchange)
        case nil, "COPY": nil
        case let other?: throw ObjectXMLError.invalidArgument("There is no metadata directive \(other).")
        }
    }

    private func share(_ source: ObjectRecord, as target: ObjectName, _ replaced: ObjectTraits?) throws -> ObjectRecord {
        let shared = objects.layout.incoming()
        try Files.share(objects.layout.content(of: source.name), as: shared)
        // rename(2) does nothing when both names are the same file already, as when an object is copied onto itself.
        defer { try? Files.remove(shared) }
        var xml = source.xml
        if let replaced {
            xml?.headers = replaced.headers
            xml?.customerKey = replaced.customerKey
        }
        return try objects.put(
            target, fields: replaced?.fields ?? source.fields, content: Content(path: shared, size: source.size, crc32c: source.crc32c),
            md5: source.md5, xml: xml
        ) { _ in }
    }
}
