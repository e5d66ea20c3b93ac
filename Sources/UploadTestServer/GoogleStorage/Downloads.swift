import HTTPTypes
import Hummingbird

/// The content of objects.
extension GoogleStorage {
    func download(_ exchange: Exchange, _ name: ObjectName) async throws -> Response {
        try await pass(.download, name, exchange) { fault in
            _ = try existing(name, exchange.target)
            guard let (record, file) = try objects.open(name) else { throw GoogleError.noObject(name) }
            try Preconditions(exchange.target).check(record)
            guard let range = ByteRange(exchange.header("range"), size: record.size) else {
                var refusal = GoogleError(416, "requestedRangeNotSatisfiable", "The requested range cannot be satisfied.").response
                refusal.headers[.contentRange] = "bytes */\(record.size)"
                return refusal
            }
            let download = Download(file: file, range: range, resetAfter: fault.resetAfterBytes, exchange: exchange)
            let body = ResponseBody(contentLength: Int(range.length)) { writer in
                try await download.write(&writer)
                try await writer.finish(nil)
            }
            var response = Response(status: range.isPartial ? .partialContent : .ok, headers: headers(record, fault), body: body)
            if range.isPartial { response.headers[.contentRange] = "bytes \(range.first)-\(range.end - 1)/\(record.size)" }
            return response.withObjectHeaders(record, fault)
        }
    }

    private func headers(_ record: ObjectRecord, _ fault: FaultAction) -> HTTPFields {
        [
            .contentType: record.fields["contentType"]?.string ?? "application/octet-stream",
            .eTag: "\"\(ObjectResource.etag(record))\"",
            .acceptRanges: "bytes",
        ]
    }
}

extension Response {
    fileprivate func withObjectHeaders(_ record: ObjectRecord, _ fault: FaultAction) -> Response {
        let crc32c = RunningCRC32C.base64(fault.wrongCRC32C == true ? ~record.crc32c : record.crc32c)
        let digests = ["crc32c=\(crc32c)"] + (record.md5.map { ["md5=\($0)"] } ?? [])
        return adding("X-Goog-Hash", digests.joined(separator: ","))
            .adding("X-Goog-Generation", String(record.generation))
            .adding("X-Goog-Metageneration", String(record.metageneration))
            .adding("X-Goog-Stored-Content-Length", String(record.size))
            .adding("X-Goog-Stored-Content-Encoding", "identity")
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
            end = min(size, (Int64(ends[1]) ?? Int64.max - 1) + 1)
        } else {
            first = max(0, size - (Int64(ends[1]) ?? 0))
            end = size
        }
        isPartial = true
        if first >= end { return nil }
    }
}

/// Sends part of a file, in pieces.
private struct Download: Sendable {
    private static let pieceLength = 256 << 10

    let file: OpenFile
    let range: ByteRange
    /// Where a fault cuts the answer, in bytes of it.
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
