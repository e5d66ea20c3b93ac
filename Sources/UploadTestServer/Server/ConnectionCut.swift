import Glibc
import HTTPTypes
import Hummingbird
import NIOCore

/// The connection is closed already, so no one can be answered.
struct ConnectionCut: Error {}

extension Exchange {
    /// Closes the connection without a response. Never returns.
    func close() async throws -> Never {
        try? await channel.close()
        throw ConnectionCut()
    }

    /// Resets the connection: with a linger time of 0, close(2) sends RST and drops what was not sent. Never returns.
    func reset() async throws -> Never {
        if let options = channel as? any SocketOptionProvider {
            try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try await close()
    }

    /// Lets the client wait until it goes away or the server stops. Never returns.
    func stall() async throws -> Never {
        let channel = channel
        let gone = channel.eventLoop.flatSubmit {
            let watch = try? channel.pipeline.syncOperations.handler(type: ConnectionWatch.self)
            return watch?.gone ?? channel.closeFuture
        }
        try await withTaskCancellationHandler {
            try await gone.get()
        } onCancel: {
            channel.close(promise: nil)
        }
        try await close()
    }
}
