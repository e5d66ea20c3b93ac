import Backends
import HTTPTransport
import Logging
import struct Foundation.URLComponents

/// The way to the destination: connections and credentials. Opening it needs no network.
struct Remote: Sendable {
    let transport: AsyncHTTPTransport
    let backend: GoogleStorageBackend

    static func open(_ request: MountRequest, _ logger: Logger) throws(CommandFailure) -> Remote {
        let transport = AsyncHTTPTransport(try configuration(request), logger: logger)
        do {
            let storage = request.destination.storage
            let tokens = try GoogleCredentials.discover(
                file: request.settings.credentials, environment: request.environment, endpoint: storage.endpoint,
                isEmulator: request.destination.isEmulator, transport: transport)
            return Remote(
                transport: transport, backend: GoogleStorageBackend(destination: storage, transport: transport, tokens: tokens))
        } catch {
            Blocking.run { await transport.shutdown() }
            throw CommandFailure(.configuration, error.sentence.printable)
        }
    }

    private static func configuration(_ request: MountRequest) throws(CommandFailure) -> AsyncHTTPTransport.Configuration {
        let host = URLComponents(string: request.destination.storage.endpoint)?.host ?? ""
        let headers = request.settings.extraHeaders.map { (name: $0.name, value: $0.value) }
        do {
            return AsyncHTTPTransport.Configuration(
                userAgent: "uploadfs/\(Version.text)", proxies: try ProxyRules(environment: request.environment),
                extraHeaders: ExtraHeaders(host: host, fields: headers))
        } catch {
            throw CommandFailure(.configuration, error.sentence.printable)
        }
    }
}
