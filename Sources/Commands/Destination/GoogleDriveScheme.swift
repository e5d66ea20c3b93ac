import Backends
import Credentials
import HTTPTransport

extension DestinationScheme {
    /// Google Drive.
    static let googleDrive = DestinationScheme(
        names: ["gdrive"], form: "gdrive://FOLDER_ID[/PATH]", service: "Google Drive; root is My Drive", options: [],
        partSizes: .googleResumable,
        resolve: { request in
            let drive = try DriveDestination(request.url, endpoint: request.settings.endpoint)
            return ResolvedDestination(url: drive.url, endpoint: drive.endpoint) { transport in
                let tokens = try GoogleCredentials.discover(
                    file: request.settings.credentials, environment: request.environment, scopes: [DriveDestination.scope],
                    endpoint: drive.endpoint, transport: transport)
                return DriveBackend(destination: drive, transport: transport, tokens: tokens)
            }
        })
}
