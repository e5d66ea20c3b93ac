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
    let tokens: TokenService
    let obs: HuaweiOBS
    let googleStorage: GoogleStorage
    let googleXML: ObjectXMLService
    let drive: Drive
    let farm: Farm
    let box: Box
    let logger: Logger

    func respond(to request: Request, context: Context) async throws -> Response {
        let exchange = Exchange(request, on: context.channel)
        do {
            if let response = try await control.respond(to: exchange) { return response }
            if let response = try await tokens.respond(to: exchange) { return response }
            if let response = try await obs.respond(to: exchange) { return response }
            if let response = try await googleStorage.respond(to: exchange) { return response }
            if let response = try await drive.respond(to: exchange) { return response }
            if let response = try await farm.respond(to: exchange) { return response }
            if let response = try await box.respond(to: exchange) { return response }
            // Its objects are at /BUCKET/KEY, so every other path has been tried before.
            if googleXML.hasBucket(of: exchange) { return try await googleXML.respond(to: exchange) }
            return .text("There is nothing at \(exchange.target.rawPath).\n", status: 404)
        } catch let error as FileError {
            logger.error("The server's own directory fails", metadata: ["error": "\(error)"])
            return .text("\(error)\n", status: 500)
        }
    }
}
