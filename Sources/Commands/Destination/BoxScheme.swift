import Backends
import Credentials
import HTTPTransport

extension DestinationScheme {
    /// Box.
    static let box = DestinationScheme(
        names: ["box"], form: "box://FOLDER_ID[/PATH]", service: "Box; 0 is the account's root folder", options: [], parallelParts: 4,
        resolve: { request in
            let box = try BoxDestination(request.url, endpoint: request.settings.endpoint)
            return ResolvedDestination(url: box.url, endpoint: box.endpoints.upload, otherHosts: box.endpoints.otherHosts) { transport in
                let tokens = try BoxCredentials.discover(
                    file: request.settings.credentials, environment: request.environment, endpoint: box.endpoints.token, transport: transport)
                return BoxBackend(destination: box, transport: transport, tokens: tokens)
            }
        })
}
