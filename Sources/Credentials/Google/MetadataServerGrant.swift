import HTTPTransport
import NIOHTTP1
import UploadCore

/// The machine's own service account, on Google's Compute Engine and what is built on it.
struct MetadataServerGrant: TokenGrant {
    let host: String
    let scopes: [String]
    let transport: any HTTPTransport

    init(environment: [String: String], scopes: [String], transport: any HTTPTransport) {
        let named = ["GCE_METADATA_HOST", "GCE_METADATA_IP"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        host = named ?? "metadata.google.internal"
        self.scopes = scopes
        self.transport = transport
    }

    private static let flavor = (name: "Metadata-Flavor", value: "Google")

    func obtain() async throws(UploadError) -> AccessToken {
        let query = PercentEncoding.query([("scopes", scopes.joined(separator: ","))])
        let url = "http://\(host)/computeMetadata/v1/instance/service-accounts/default/token?\(query)"
        // The server is a hop away or nowhere.
        let request = HTTPRequest(.GET, url, headers: [Self.flavor.name: Self.flavor.value], timeout: .seconds(3))
        let response: HTTPResponse
        do throws(UploadError) {
            response = try await transport.send(request)
        } catch {
            guard error.code == .unreachable else { throw error }
            throw Self.nothingFound
        }
        // Whatever else responds under this name, such as a captive portal, must not supply tokens.
        guard response.headers.first(name: Self.flavor.name) == Self.flavor.value else { throw Self.nothingFound }
        if response.status == .notFound {
            throw UploadError(.unauthenticated, "this machine has no service account; give a credential file with the option credentials=FILE")
        }
        return try TokenEndpoint.grant(from: response).token
    }

    private static var nothingFound: UploadError {
        UploadError(
            .unauthenticated,
            "no credentials were found and no metadata server responds; give a credential file with the option credentials=FILE, or run: gcloud auth application-default login"
        )
    }
}
