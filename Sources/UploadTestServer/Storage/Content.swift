import Crypto
import Foundation
import NIOCore

/// Bytes that lie complete in a file of their own, not yet an object.
struct Content: Sendable {
    /// Larger objects get no MD5 unless the client sent one to compare: it costs more than all the rest of an upload.
    /// The real service has objects without one too.
    static let digestedUpTo: Int64 = 64 << 20

    let path: String
    let size: Int64
    let crc32c: UInt32

    /// The MD5 in base64, by reading the file in pieces.
    func md5() throws -> String {
        let file = try OpenFile.reading(path)
        var hash = Insecure.MD5()
        var offset: Int64 = 0
        while offset < size {
            let piece = try file.read(at: offset, count: 1 << 20)
            if piece.readableBytes == 0 { break }
            piece.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
            offset += Int64(piece.readableBytes)
        }
        return Data(hash.finalize()).base64EncodedString()
    }
}
