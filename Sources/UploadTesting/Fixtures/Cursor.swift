import NIOConcurrencyHelpers

/// A position that several calls of a closure share.
final class Cursor: Sendable {
    private let position: NIOLockedValueBox<Int64>

    init(_ start: Int64) {
        position = NIOLockedValueBox(start)
    }

    /// The next range, of at most `length`, that ends at `limit` at the latest.
    func advance(by length: Int64, limit: Int64) -> Range<Int64> {
        position.withLockedValue { position in
            let start = min(position, limit)
            position = min(start + length, limit)
            return start..<position
        }
    }
}
