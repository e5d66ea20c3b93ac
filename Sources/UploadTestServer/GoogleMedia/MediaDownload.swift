import HTTPTypes
import Hummingbird

/// The response to `alt=media`: all of an object's content, or the range of it that was asked for.
struct MediaDownload {
    let file: OpenFile
    let record: ObjectRecord
    let etag: String

    func response(_ exchange: Exchange, _ fault: FaultAction) throws -> Response {
        guard let range = ByteRange(exchange.header("range"), size: record.size) else {
            var refusal = GoogleError(416, "requestedRangeNotSatisfiable", "The requested range cannot be satisfied.").response
            refusal.headers[.contentRange] = "bytes */\(record.size)"
            return refusal
        }
        let pieces = Pieces(file: file, range: range, resetAfter: fault.resetAfterBytes, exchange: exchange)
        let body = ResponseBody(contentLength: Int(range.length)) { writer in
            try await pieces.write(&writer)
            try await writer.finish(nil)
        }
        var response = Response(status: range.isPartial ? .partialContent : .ok, headers: headers, body: body)
        if range.isPartial { response.headers[.contentRange] = "bytes \(range.first)-\(range.end - 1)/\(record.size)" }
        return response
    }

    private var headers: HTTPFields {
        [
            .contentType: record.fields["contentType"]?.string ?? "application/octet-stream",
            .eTag: "\"\(etag)\"",
            .acceptRanges: "bytes",
        ]
    }
}

/// The bytes that a Range header asks for (RFC 9110 section 14.1.2).
struct ByteRange: Equatable {
    let first: Int64
    let end: Int64
    let isPartial: Bool

    var length: Int64 { end - first }

    /// Nil if no byte of the object is in the range. A header of any other form than one range of bytes is ignored, as the RFC allows.
    init?(_ header: String?, size: Int64) {
        let ends = (header ?? "").split(separator: "=").last?.split(separator: "-", omittingEmptySubsequences: false) ?? []
        guard let header, header.hasPrefix("bytes="), ends.count == 2, Int64(ends[0]) != nil || Int64(ends[1]) != nil else {
            (first, end, isPartial) = (0, size, false)
            return
        }
        if let first = Int64(ends[0]) {
            self.first = first
            end = min(size - 1, Int64(ends[1]) ?? .max) + 1
        } else {
            first = max(0, size - (Int64(ends[1]) ?? 0))
            end = size
        }
        isPartial = true
        if first >= end { return nil }
    }
}

/// Sends part of a file, in pieces.
private struct Pieces: Sendable {
    private static let pieceLength = 256 << 10

    let file: OpenFile
    let range: ByteRange
    /// Where a fault cuts the response, in bytes of it.
    let resetAfter: Int64?
    let exchange: Exchange

    func write(_ writer: inout any ResponseBodyWriter) async throws {
        let end = min(range.end, range.first + (resetAfter ?? range.length))
        var offset = range.first
        while offset < end {
            let piece = try file.read(at: offset, count: Int(min(Int64(Self.pieceLength), end - offset)))
            offset += Int64(piece.readableBytes)
            try await writer.write(piece)
        }
        if end < range.end { try await exchange.reset() }
    }
}
