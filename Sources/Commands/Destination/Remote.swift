import UploadCore
import Backends
import HTTPTransport
import Logging
import struct Foundation.URLComponents

/// The way to a destination: connections and credentials. Opening it needs no network.
struct Remote: Sendable {
    let transport: AsyncHTTPTransport
    let backend: any CheckableBackend

    static func open(
        _ destination: ResolvedDestination, settings: MountSettings, environment: [String: String], _ logger: Logger
    ) throws(CommandFailure) -> Remote {
        let transport = AsyncHTTPTransport(try configuration(destination, settings, environment), logger: logger)
        do {
            return Remote(transport: transport, backend: try destination.backend(over: transport))
        } catch {
            Blocking.run { await transport.shutdown() }
            throw error
        }
    }

    private static func configuration(
        _ destination: ResolvedDestination, _ settings: MountSettings, _ environment: [String: String]
    ) throws(CommandFailure) -> AsyncHTTPTransport.Configuration {
        let headers = settings.extraHeaders.map { (name: $0.name, value: $0.value) }
        do {
            return AsyncHTTPTransport.Configuration(
                userAgent: "uploadfs/\(Version.text)", proxies: try ProxyRules(environment: environment),
                trustRoots: try TrustRoots(environment: environment),
                extraHeaders: ExtraHeaders(hosts: destination.hosts, fields: headers))
        } catch {
            throw CommandFailure(.configuration, error.sentence.printable)
        }
    }
}

extension ResolvedDestination {
    /// The hosts that get the headers of `extra_header`.
    var hosts: [String] { [URLComponents(string: endpoint)?.host].compactMap { $0 } + otherHosts }
}
