import NIOCore
import NIOHTTP1

/// Closes a connection whose server sends what HTTP does not have, before it reaches the HTTP client's state machine, which ends
/// the process over a status below 100 and waits without end while interim responses keep coming.
final class ResponseGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    private var interimResponses = 0
    private var isClosed = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isClosed { return }
        if case .head(let head) = Self.unwrapInboundIn(data) {
            let isInterim = (100..<200).contains(head.status.code)
            interimResponses = isInterim ? interimResponses + 1 : 0
            guard HTTPBounds.statuses.contains(Int(head.status.code)), interimResponses <= HTTPBounds.interimResponsesMax else {
                isClosed = true
                context.fireErrorCaught(ForeignResponse())
                context.close(promise: nil)
                return
            }
        }
        context.fireChannelRead(data)
    }

    /// Adds a gate behind the connection's decoder.
    @Sendable static func install(on channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPResponseDecoder>.self)
            try pipeline.addHandler(ResponseGate(), position: .after(decoder.handler))
        }
    }
}

/// A response that is none of HTTP's.
struct ForeignResponse: Error {}
