import NIOCore

/// The bytes of one request, produced chunk by chunk while they are sent, so that a part is never held in memory.
///
/// A body can be read once. Its producer reads the spool, keeps the digest, obeys the bandwidth limit, and throws
/// `UploadError(.contentChanged)` when the file changes below it, which must end the request unfinished.
public struct PartBody: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer

    /// How many bytes the chunks add up to.
    public let length: Int64
    private let next: @Sendable () async throws -> ByteBuffer?

    public init(length: Int64, next: @escaping @Sendable () async throws -> ByteBuffer?) {
        self.length = length
        self.next = next
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(produce: next)
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let produce: @Sendable () async throws -> ByteBuffer?

        public mutating func next() async throws -> ByteBuffer? {
            try await produce()
        }
    }
}
