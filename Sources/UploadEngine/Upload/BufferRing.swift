import NIOConcurrencyHelpers
import NIOCore

/// Lends buffers, and lends one again when no one else has it any more: fresh memory for each chunk of a long file would cost as much
/// as reading it.
final class BufferRing: Sendable {
    /// Buffers beyond these are not kept: 8 MiB of chunks, which is what reading may be ahead of sending.
    private static let countMax = 16

    private let buffers = NIOLockedValueBox<[ByteBuffer]>([])

    /// An empty buffer with room for `capacity` bytes.
    func take(capacity: Int) -> ByteBuffer {
        buffers.withLockedValue { buffers in
            // The newest first: its bytes may still be in the processor's cache.
            for index in buffers.indices.reversed() {
                let isFree: Void? = buffers[index].modifyIfUniquelyOwned { $0.clear(minimumCapacity: capacity) }
                if isFree != nil { return buffers.remove(at: index) }
            }
            return nil
        } ?? ByteBufferAllocator().buffer(capacity: capacity)
    }

    /// Lends `buffer` again when its other holders have dropped it.
    func giveBack(_ buffer: ByteBuffer) {
        buffers.withLockedValue { buffers in
            if buffers.count == Self.countMax { buffers.removeFirst() }
            buffers.append(buffer)
        }
    }
}
