import NIOCore
import Testing

@testable import UploadEngine

@Suite struct BufferRingTests {
    private func start(of buffer: ByteBuffer) -> UnsafeRawPointer? {
        buffer.withVeryUnsafeBytes { $0.baseAddress }
    }

    @Test func aBufferThatNobodyHasIsLentAgain() {
        let ring = BufferRing()
        var first = ring.take(capacity: 1000)
        first.writeString("one")
        ring.giveBack(first)
        let memory = start(of: first)
        first = ByteBuffer()
        let second = ring.take(capacity: 1000)
        #expect(second.readableBytes == 0)
        #expect(start(of: second) == memory)
    }

    @Test func whatSomebodyStillHasKeepsItsBytes() {
        let ring = BufferRing()
        var first = ring.take(capacity: 1000)
        first.writeString("one")
        ring.giveBack(first)
        // As a connection keeps the end of a piece that it has sent in part.
        let end = first.getSlice(at: 1, length: 2)
        first = ByteBuffer()
        var second = ring.take(capacity: 1000)
        second.writeString("two")
        #expect(end.map { String(buffer: $0) } == "ne")
        #expect(String(buffer: second) == "two")
    }

    @Test func roomIsMadeForALongerPiece() {
        let ring = BufferRing()
        ring.giveBack(ring.take(capacity: 10))
        #expect(ring.take(capacity: 1000).writableBytes >= 1000)
    }
}
