import Hummingbird
import NIOCore

/// Takes in the body of one part.
struct PartReceiver<Intent: UploadIntent> {
    let session: ServedSession<Intent>
    let turn: UploadTurn
    /// Bytes that the session had when the part began.
    let persisted: Int64
    let counters: Counters

    /// Adds what is new in the body to the session. If the body breaks off, whole blocks of it are kept, and the error goes on.
    /// - Returns: the offset at which the body ends.
    func receive(_ part: PartRange, _ exchange: Exchange, _ fault: FaultAction) async throws -> Int64 {
        do {
            let end = try await receiveBody(part, FaultedBody(exchange, fault), keeping: fault.persistBytes)
            try part.checkMultiple(end - part.first)
            try session.end(turn, keepAll: true)
            return end
        } catch is UploadTurn.Superseded {
            // The client is back on another connection, so no one waits for the response on this one.
            try await exchange.close()
        } catch {
            try session.end(turn, keepAll: false)
            throw error
        }
    }

    private func receiveBody(_ part: PartRange, _ body: FaultedBody, keeping limit: Int64?) async throws -> Int64 {
        var body = body
        var offset = part.first
        let keptEnd = limit.map { part.first + $0 } ?? .max
        while let piece = try await body.next() {
            let count = Int64(piece.readableBytes)
            let known = min(max(persisted - offset, 0), count)
            counters.bytesArrived(piece.readableBytes, resent: Int(known), session.intent.name)
            if let total = part.total, offset + count > total {
                throw GoogleError.badRequest("The body goes beyond the declared \(total) bytes.")
            }
            let fresh = min(max(keptEnd - offset, 0), count) - known
            if fresh > 0 {
                try piece.withUnsafeReadableBytes { bytes in
                    try session.append(UnsafeRawBufferPointer(rebasing: bytes[Int(known)..<Int(known + fresh)]), turn)
                }
            }
            offset += count
        }
        return offset
    }
}
