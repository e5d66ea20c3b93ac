import NIOCore
import UploadCore

/// Reads a source for one upload, and vouches that no byte of a later content gets through.
///
/// Whoever is about to change the content stops the ticket first, and the ticket is looked at after each read. So a piece that
/// leaves this type was read before any change.
package struct PieceReader: Sendable {
    /// Length of the pieces in which parts are sent: long enough to make system calls cheap, short enough to keep memory small.
    static let pieceLength = 512 << 10

    let source: any ByteSource
    let ticket: Ticket

    package init(source: any ByteSource, ticket: Ticket) {
        self.source = source
        self.ticket = ticket
    }

    /// The bytes from `offset` on, exactly `length` of them.
    func piece(at offset: Int64, length: Int) async throws -> ByteBuffer {
        let piece = try await available(at: offset, length: length)
        guard piece.readableBytes == length else {
            throw UploadError(.contentChanged, "the data ended earlier than they should")
        }
        return piece
    }

    /// As many of the `length` bytes from `offset` on as there are.
    func available(at offset: Int64, length: Int) async throws -> ByteBuffer {
        do {
            let piece = try await source.read(at: offset, length: length)
            try ticket.throwIfStopped()
            return piece
        } catch let error as UploadError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            throw UploadError(.unreadable, "the data can not be read: \(error)")
        }
    }

    /// Feeds the bytes of `range` to `consume`, a piece at a time.
    func forEachPiece(of range: Range<Int64>, _ consume: (UnsafeRawBufferPointer) -> Void) async throws {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let piece = try await piece(at: offset, length: Int(min(Int64(Self.pieceLength), range.upperBound - offset)))
            piece.withUnsafeReadableBytes(consume)
            offset += Int64(piece.readableBytes)
        }
    }
}
