import Crypto
import Foundation
import NIOCore

/// Digests of a whole file in hexadecimal, from one reading of it.
struct FileDigests {
    let md5: String
    let sha1: String
    let sha256: String

    init(_ content: Content) throws {
        let file = try OpenFile.reading(content.path)
        var (md5, sha1, sha256) = (Insecure.MD5(), Insecure.SHA1(), SHA256())
        var offset: Int64 = 0
        while offset < content.size {
            let piece = try file.read(at: offset, count: 1 << 20)
            if piece.readableBytes == 0 { break }
            piece.withUnsafeReadableBytes {
                md5.update(bufferPointer: $0)
                sha1.update(bufferPointer: $0)
                sha256.update(bufferPointer: $0)
            }
            offset += Int64(piece.readableBytes)
        }
        self.md5 = Self.hexadecimal(md5.finalize())
        self.sha1 = Self.hexadecimal(sha1.finalize())
        self.sha256 = Self.hexadecimal(sha256.finalize())
    }

    private static func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
        digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
