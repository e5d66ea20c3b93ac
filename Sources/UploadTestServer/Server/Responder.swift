import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Gives each request to the part of the server that its path belongs to.
struct Responder: HTTPResponder {
    struct Context: RequestContext {
        var coreContext: CoreRequestContextStorage
        let channel: any Channel

        init(source: ApplicationRequestContextSource) {
            coreContext = .init(source: source)
            channel = source.channel
        }
    }

    let control: TestControl
    let tokens: TokenEndpoint
    let googleStorage: GoogleStorage
    let logger: Logger

    func respond(to request: Request, context: Context) async throws -> Response {
        let exchange = Exchange(request, on: context.channel)
        do {
            if let response = try await control.respond(to: exchange) { return response }
            if let response = try await tokens.respond(to: exchange) { return response }
            if let response = try await googleStorage.respond(to: exchange) { return response }
            return Response(status: .notFound, body: .init(byteBuffer: .init(string: "There is nothing at \(exchange.target.rawPath).\n")))
        } catch let error as FileError {
            logger.error("The server's own directory fails", metadata: ["error": "\(error)"])
            return Response(status: .internalServerError, body: .init(byteBuffer: .init(string: "\(error)\n")))
        }
    }
}
