import NIOCore
import NIOPosix
import NIOConcurrencyHelpers
import Spool
import UploadCore

/// Reads a spool file for an upload, and vouches that no byte of a later content gets through.
///
/// The file system stops the ticket before it changes the first byte, and the ticket is looked at after each read. So a
/// piece that leaves this type was read before any change.
struct SpoolReader: Sendable {
    /// Length of the pieces in which parts are sent: long enough to make system calls cheap, short enough to keep memory small.
    static let pieceLength = 512 << 10
    /// Files up to this length are read at once on the calling thread: they were just written, so the page cache has them.
    static let inlineLength: Int64 = 64 << 10

    let file: SpoolFile
    let ticket: Ticket

    /// Reads the bytes from `offset` on, exactly `length` of them.
    func piece(at offset: Int64, length: Int) async throws -> ByteBuffer {
        if length <= Int(Self.inlineLength) { return try read(offset, length) }
        // A cold disk must not hold up a thread on which other uploads depend.
        return try await NIOThreadPool.singleton.runIfActive { try read(offset, length) }
    }

    private func read(_ offset: Int64, _ length: Int) throws -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: length)
        while buffer.readableBytes < length {
            let position = offset + Int64(buffer.readableBytes)
            let received = try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: length - buffer.readableBytes) { target in
                let room = UnsafeMutableRawBufferPointer(rebasing: target[..<min(target.count, length - (Int(position - offset)))])
                do {
                    return try file.read(at: position, into: room)
                } catch {
                    throw UploadError(.unreadable, "the spool file can not be read: \(error)")
                }
            }
            if received == 0 {
                try ticket.throwIfStopped()
                throw UploadError(.contentChanged, "the file is shorter than it was at its last close")
            }
        }
        try ticket.throwIfStopped()
        return buffer
    }
}

/// The CRC-32C of a file's first bytes.
struct PrefixDigest: Sendable, Equatable {
    private(set) var length: Int64
    private(set) var crc: CRC32C

    init(length: Int64 = 0, crc: CRC32C = CRC32C()) {
        self.length = length
        self.crc = crc
    }

    /// The digest of the first `end` bytes: goes on from here where it can, begins anew where it must.
    func reaching(_ end: Int64, reading reader: SpoolReader) async throws -> PrefixDigest {
        var digest = end >= length ? self : PrefixDigest()
        while digest.length < end {
            let piece = try await reader.piece(
                at: digest.length, length: Int(min(Int64(SpoolReader.pieceLength), end - digest.length)))
            digest.append(piece)
        }
        return digest
    }

    mutating func append(_ piece: ByteBuffer) {
        piece.withUnsafeReadableBytes { crc.update($0) }
        length += Int64(piece.readableBytes)
    }
}

/// Produces the body of one part, and the digest of what it produced.
final class PartReader: Sendable {
    private let reader: SpoolReader
    private let part: Part
    /// Nil where the digest is known already, so that the bytes need not be hashed twice.
    private let digest: NIOLockedValueBox<PrefixDigest?>
    private let position: NIOLockedValueBox<Int64>

    init(_ part: Part, reading reader: SpoolReader, digestBefore: PrefixDigest?) {
        self.part = part
        self.reader = reader
        digest = NIOLockedValueBox(digestBefore)
        position = NIOLockedValueBox(part.offset)
    }

    var body: PartBody {
        PartBody(length: part.length) { try await self.next() }
    }

    /// The digest up to the end of the part; nil unless all of it was produced.
    var digestAfter: PrefixDigest? {
        digest.withLockedValue { $0?.length == part.end ? $0 : nil }
    }

    private func next() async throws -> ByteBuffer? {
        let offset = position.withLockedValue { $0 }
        guard offset < part.end else { return nil }
        let piece = try await reader.piece(at: offset, length: Int(min(Int64(SpoolReader.pieceLength), part.end - offset)))
        position.withLockedValue { $0 = offset + Int64(piece.readableBytes) }
        digest.withLockedValue { $0?.append(piece) }
        reader.ticket.sent(piece.readableBytes)
        return piece
    }
}
