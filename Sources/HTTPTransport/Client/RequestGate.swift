import NIOHTTP1
import UploadCore

/// What every request has to pass before it reaches the HTTP client, which ends the process over some of what it is given.
enum RequestGate {
    /// - Throws: `invalidResponse` for a URL that cannot be used, since URLs that are longer than a destination's come from servers;
    ///   `rejected` for headers.
    static func check(_ request: HTTPRequest, _ headers: HTTPHeaders) throws(UploadError) {
        guard request.url.utf8.count <= HTTPBounds.urlBytesMax else {
            throw UploadError(.invalidResponse, "a URL of the service has more than \(HTTPBounds.urlBytesMax) bytes")
        }
        var bytes = request.method.rawValue.utf8.count + request.url.utf8.count
        for (name, value) in headers {
            guard isToken(name), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                throw UploadError(.rejected, "a header of the request contains characters that headers cannot hold")
            }
            bytes += name.utf8.count + value.utf8.count + 4
        }
        guard bytes <= HTTPBounds.requestHeadBytesMax else {
            throw UploadError(
                .rejected,
                "the headers of the request have \(bytes) bytes, and at most \(HTTPBounds.requestHeadBytesMax) can be sent; "
                    + "shorten the file's attributes user.mime_type and user.upload.meta.*")
        }
    }

    /// RFC 9110, section 5.6.2.
    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
