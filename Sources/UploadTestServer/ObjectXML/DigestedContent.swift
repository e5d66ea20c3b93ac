import CChecksums
import Crypto
import Foundation
import NIOCore

/// The digests that services vouch with, of some bytes.
struct ContentDigests: Sendable, Codable, Hashable {
    let md5: [UInt8]
    let crc32c: UInt32
    let crc64: UInt64

    var md5Hex: String { md5.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
    var md5Base64: String { Data(md5).base64EncodedString() }
}

/// A body on its way to the disk, with its digests taken on the way.
final class DigestedContent {
    private let incoming: IncomingContent
    private var md5 = Insecure.MD5()
    private var crc64: UInt64 = 0

    init(path: String) throws {
        incoming = try IncomingContent(path: path)
    }

    func append(_ bytes: ByteBuffer) throws {
        try incoming.append(bytes)
        bytes.withUnsafeReadableBytes {
            md5.update(bufferPointer: $0)
            crc64 = crc64_update(crc64, $0.baseAddress, $0.count)
        }
    }

    /// All that has come, once the body has ended.
    var content: Content { incoming.content }

    var digests: ContentDigests {
        ContentDigests(md5: Array(md5.finalize()), crc32c: incoming.content.crc32c, crc64: crc64)
    }

    /// The file has become an object or a part.
    func wasTaken() { incoming.wasTaken() }
}

/// The digests that a request claims for its body.
struct ClaimedDigests {
    private let md5: String?
    private let crc32c: String?
    private let crc64: String?

    /// - Parameter prefix: of the service's own headers.
    init(_ exchange: Exchange, prefix: String) throws {
        var hashes = try ObjectMetadata(json: Data())
        hashes.takeDigests(exchange.header("x-goog-hash"))
        crc32c = hashes.crc32c
        md5 = exchange.header("content-md5") ?? hashes.md5
        crc64 = exchange.header("\(prefix)checksum-crc64ecma")
        if let md5, Data(base64Encoded: md5)?.count != 16 {
            throw ObjectXMLError(400, "InvalidDigest", "The Content-MD5 you specified was an invalid.")
        }
    }

    func check(_ digests: ContentDigests) throws {
        if let md5, md5 != digests.md5Base64 {
            throw ObjectXMLError.badDigest("The Content-MD5 \(md5) differs from that of the body, \(digests.md5Base64).")
        }
        if let crc32c, crc32c != RunningCRC32C.base64(digests.crc32c) {
            throw ObjectXMLError.badDigest("The CRC32C \(crc32c) differs from that of the body, \(RunningCRC32C.base64(digests.crc32c)).")
        }
        try checkCRC64(digests.crc64)
    }

    func checkCRC64(_ actual: UInt64) throws {
        if let crc64, crc64 != String(actual) {
            throw ObjectXMLError.badDigest("The CRC64 \(crc64) differs from that of the content, \(actual).")
        }
    }
}
