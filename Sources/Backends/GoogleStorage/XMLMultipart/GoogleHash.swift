import struct Foundation.Data
import HTTPTransport
import NIOHTTP1
import UploadCore

/// The header `x-goog-hash`: `crc32c=4waSgw==,md5=…`, in one field or several.
enum GoogleHash {
    static func crc32c(in response: HTTPResponse) -> ContentDigest? {
        let entries = response.headers["x-goog-hash"].joined(separator: ",").split(separator: ",").map { $0.drop { $0 == " " } }
        guard let value = entries.first(where: { $0.hasPrefix("crc32c=") })?.dropFirst("crc32c=".count),
            let bytes = Data(base64Encoded: String(value)), bytes.count == 4
        else { return nil }
        return ContentDigest(algorithm: .crc32c, bytes: Array(bytes))
    }
}
