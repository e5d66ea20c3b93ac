import Hummingbird
import NIOCore

/// A request's body as a fault lets it arrive: in full, slowly, or only its beginning.
///
/// Throws when the connection breaks, the body ends before its declared length, or the fault cuts it.
struct FaultedBody {
    private let exchange: Exchange
    /// May be set after the first pieces have been read, as long as they are small: the body itself can say which object it is for.
    var fault: FaultAction
    private var iterator: RequestBody.AsyncIterator
    private var pending = ByteBuffer()
    private var delivered: Int64 = 0
    private let start = ContinuousClock.now

    init(_ exchange: Exchange, _ fault: FaultAction = FaultAction()) {
        self.exchange = exchange
        self.fault = fault
        self.iterator = exchange.request.body.makeAsyncIterator()
    }

    mutating func next() async throws -> ByteBuffer? {
        if let limit = fault.resetAfterBytes, delivered >= limit { try await exchange.reset() }
        if let limit = fault.stallAfterBytes, delivered >= limit { try await exchange.stall() }
        if pending.readableBytes == 0 {
            guard let piece = try await iterator.next() else { return try end() }
            pending = piece
        }
        guard let piece = pending.readSlice(length: min(pending.readableBytes, pieceLength)) else { return try end() }
        delivered += Int64(piece.readableBytes)
        try await pace()
        return piece
    }

    private func end() throws -> ByteBuffer? {
        // When the server stops, the stream of pieces ends as if the body were complete.
        try Task.checkCancellation()
        if let declared = exchange.contentLength, declared != delivered { throw ConnectionCut() }
        return nil
    }

    /// Short enough not to run past the point where the fault strikes, nor to make a slow body come in bursts.
    private var pieceLength: Int {
        let marks = [fault.resetAfterBytes, fault.stallAfterBytes].compactMap { $0 }.map { $0 - delivered }.filter { $0 > 0 }
        let paced = fault.bytesPerSecond.map { [max(1, $0 / 20)] } ?? []
        return Int(clamping: (marks + paced).min() ?? Int64.max)
    }

    private func pace() async throws {
        guard let rate = fault.bytesPerSecond, rate > 0 else { return }
        try await Task.sleep(until: start + .seconds(Double(delivered) / Double(rate)), clock: .continuous)
    }
}
