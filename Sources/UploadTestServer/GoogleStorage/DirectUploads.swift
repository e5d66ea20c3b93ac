import Foundation
import Hummingbird

/// Uploads in one request.
extension GoogleStorage {
    /// `uploadType=media`: the body is the content.
    func uploadMedia(_ exchange: Exchange, bucket: String) async throws -> Response {
        let name = try uploadName(bucket: bucket, key: exchange.target["name"])
        return try await pass(.media, name, exchange) { fault in
            var metadata = try ObjectMetadata(json: Data())
            metadata.setContentType(exchange.header("content-type"))
            metadata.takeDigests(exchange.header("x-goog-hash"))
            let preconditions = try Preconditions(exchange.target)
            try checkTarget(name, preconditions)
            var body = FaultedBody(exchange, fault)
            let content = try IncomingContent(path: objects.layout.incoming())
            while let piece = try await body.next() {
                gate.counters.bytesArrived(piece.readableBytes, name)
                try content.append(piece)
            }
            let record = try store(name, metadata, content, preconditions)
            return ObjectResource.response(record, exchange, fault: fault)
        }
    }

    /// `uploadType=multipart`: metadata and content, as two parts of multipart/related.
    func uploadMultipart(_ exchange: Exchange, bucket: String) async throws -> Response {
        guard let boundary = MultipartReader.boundary(of: exchange.header("content-type") ?? "") else {
            throw GoogleError.badRequest("A multipart upload has the content type multipart/related with a boundary.")
        }
        var reader = MultipartReader(body: FaultedBody(exchange), boundary: boundary)
        var metadata = try ObjectMetadata(json: try await reader.readMetadata())
        let name = try uploadName(bucket: bucket, key: metadata.key ?? exchange.target["name"])
        return try await pass(.multipart, name, exchange) { fault in
            reader.body.fault = fault
            let preconditions = try Preconditions(exchange.target)
            try checkTarget(name, preconditions)
            let contentType = try await reader.readContentHeader()
            try checkContentType(metadata, contentType)
            metadata.setContentType(contentType)
            let content = try IncomingContent(path: objects.layout.incoming())
            while let piece = try await reader.nextContent() {
                gate.counters.bytesArrived(piece.readableBytes, name)
                try content.append(piece)
            }
            let record = try store(name, metadata, content, preconditions)
            return ObjectResource.response(record, exchange, fault: fault)
        }
    }

    private func checkContentType(_ metadata: ObjectMetadata, _ contentType: String?) throws {
        guard let contentType, let declared = metadata.fields["contentType"]?.string, declared != contentType else { return }
        throw GoogleError.badRequest("The metadata says content type \(declared), the content's own header \(contentType).")
    }

    private func store(
        _ name: ObjectName, _ metadata: ObjectMetadata, _ incoming: IncomingContent, _ preconditions: Preconditions
    ) throws -> ObjectRecord {
        let content = incoming.content
        let md5 = try metadata.verify(content)
        let record = try objects.put(name, fields: metadata.fields, content: content, md5: md5, admit: preconditions.check)
        incoming.wasTaken()
        return record
    }
}
