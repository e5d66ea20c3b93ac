import NIOCore
import UploadCore

/// Reads a source for one upload, and vouches that no byte of a later content gets through.
///
/// Whoever is about to change the content stops the ticket first, and the ticket is looked at after each read. So a chunk that
/// leaves this type was read before any change.
package struct ChunkReader: Sendable {
    /// Length of the chunks in which parts are sent: long enough to make system calls cheap, short enough to keep memory small.
    static let chunkLength = 512 << 10

    let source: any ByteSource
    let ticket: Ticket

    package init(source: any ByteSource, ticket: Ticket) {
        self.source = source
        self.ticket = ticket
    }

    /// The bytes from `offset` on, exactly `length` of them.
    func chunk(at offset: Int64, length: Int) async throws -> ByteBuffer {
        let chunk = try await available(at: offset, length: length)
        guard chunk.readableBytes == length else {
            throw UploadError(.contentChanged, "unexpected end of data")
        }
        return chunk
    }

    /// As many of the `length` bytes from `offset` on as there are.
    func available(at offset: Int64, length: Int) async throws -> ByteBuffer {
        do {
            let chunk = try await source.read(at: offset, length: length)
            try ticket.throwIfStopped()
            return chunk
        } catch let error as UploadError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            throw UploadError(.unreadable, "the data cannot be read: \(error)")
        }
    }

    /// Feeds the bytes of `range` to `consume`, a chunk at a time.
    func forEachChunk(of range: Range<Int64>, _ consume: (UnsafeRawBufferPointer) -> Void) async throws {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let chunk = try await chunk(at: offset, length: Int(min(Int64(Self.chunkLength), range.upperBound - offset)))
            chunk.withUnsafeReadableBytes(consume)
            offset += Int64(chunk.readableBytes)
        }
    }
}
