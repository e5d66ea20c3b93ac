import NIOCore

/// Stands in each connection's pipeline: counts the connection, and tells when the client has gone.
///
/// A server that does not read learns nothing from its next read, so a stalled request waits for `gone` instead.
final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    private let counters: Counters
    private let connections: Connections
    private var promise: EventLoopPromise<Void>?

    init(counters: Counters, connections: Connections) {
        self.counters = counters
        self.connections = connections
    }

    /// Done when the client has closed its side or the connection broke. Only to be asked on the event loop.
    var gone: EventLoopFuture<Void>? { promise?.futureResult }

    func handlerAdded(context: ChannelHandlerContext) {
        promise = context.eventLoop.makePromise()
        counters.connectionAccepted()
        connections.add(context.channel)
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave(context.channel)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { leave(context.channel) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { promise?.succeed() }
        context.fireUserInboundEventTriggered(event)
    }

    private func leave(_ channel: any Channel) {
        promise?.succeed()
        connections.remove(channel)
    }
}
