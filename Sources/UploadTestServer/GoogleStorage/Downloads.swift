import HTTPTypes
import Hummingbird

/// The content of objects.
extension GoogleStorage {
    func download(_ exchange: Exchange, _ name: ObjectName) async throws -> Response {
        try await pass(.download, name, exchange) { fault in
            _ = try existing(name, exchange.target)
            guard let (record, file) = try objects.open(name) else { throw GoogleError.noObject(name) }
            try Preconditions(exchange.target).check(record)
            try record.checkKey(try SuppliedKey.ofRequest(exchange))
            return try MediaDownload(file: file, record: record, etag: ObjectResource.etag(record)).response(exchange, fault)
                .withObjectHeaders(record, fault)
        }
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
