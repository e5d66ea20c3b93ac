import NIOConcurrencyHelpers
import NIOCore
import UploadCore

/// A request's body on its way to the HTTP client: notes when a piece is taken, remembers what the producer threw, and stops
/// calling the producer once the request is over.
final class ObservedBody: Sendable {
    private struct State {
        /// The last moment at which the request moved.
        var progress = ContinuousClock.now
        var failure: (any Error)?
        var isOver = false
    }

    private let body: PartBody
    private let state = NIOLockedValueBox(State())

    init(_ body: PartBody) {
        self.body = body
    }

    var length: Int64 { body.length }
    var lastProgress: ContinuousClock.Instant { state.withLockedValue { $0.progress } }
    /// What the producer threw.
    var failure: (any Error)? { state.withLockedValue { $0.failure } }

    func noteProgress() {
        state.withLockedValue { $0.progress = .now }
    }

    /// The client pulls the body in a task of its own, which outlives a request that ended early.
    func end() {
        state.withLockedValue { $0.isOver = true }
    }

    /// The body as the client pulls it.
    var pieces: PartBody {
        PartBody(length: body.length) { try await self.next() }
    }

    private func next() async throws -> ByteBuffer? {
        let isOver = state.withLockedValue { state in
            state.progress = .now
            return state.isOver
        }
        if isOver { throw CancellationError() }
        do {
            var iterator = body.makeAsyncIterator()
            let piece = try await iterator.next()
            noteProgress()
            return piece
        } catch {
            state.withLockedValue { $0.failure = error }
            throw error
        }
    }
}
