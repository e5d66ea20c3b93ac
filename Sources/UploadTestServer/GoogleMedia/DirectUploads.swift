import Foundation
import Hummingbird

/// Uploads in one request.
extension MediaService {
    /// `uploadType=media`: the body is the content.
    func uploadMedia(_ exchange: Exchange) async throws -> Response {
        var intent = try intent(of: exchange, metadata: Data())
        try intent.takeContentType(exchange.header("content-type"), of: .media)
        return try await pass(.media, intent.name, exchange) { fault in
            try admit(intent, length: exchange.contentLength)
            var body = FaultedBody(exchange, fault)
            let content = try IncomingContent(path: objects.layout.incoming())
            while let piece = try await body.next() {
                gate.counters.bytesArrived(piece.readableBytes, intent.name)
                try content.append(piece)
            }
            return try finish(intent, content, exchange, fault)
        }
    }

    /// `uploadType=multipart`: metadata and content, as two parts of multipart/related.
    func uploadMultipart(_ exchange: Exchange) async throws -> Response {
        guard let boundary = MultipartReader.boundary(of: exchange.header("content-type"), type: "multipart/related") else {
            throw GoogleError.badRequest("A multipart upload has the content type multipart/related with a boundary.")
        }
        var reader = MultipartReader(body: FaultedBody(exchange), boundary: boundary)
        _ = try await reader.nextHeader()
        var intent = try intent(of: exchange, metadata: try await reader.nextPart())
        return try await pass(.multipart, intent.name, exchange) { fault in
            reader.body.fault = fault
            try intent.takeContentType(try await reader.nextHeader()["content-type"], of: .multipart)
            try admit(intent, length: nil)
            let content = try IncomingContent(path: objects.layout.incoming())
            while let piece = try await reader.nextContent() {
                gate.counters.bytesArrived(piece.readableBytes, intent.name)
                try content.append(piece)
            }
            return try finish(intent, content, exchange, fault)
        }
    }

    private func finish(
        _ intent: Intent, _ incoming: IncomingContent, _ exchange: Exchange, _ fault: FaultAction
    ) throws -> Response {
        let record = try store(intent, incoming.content, exchange)
        incoming.wasTaken()
        return try resource(record, intent, exchange, fault)
    }
}
