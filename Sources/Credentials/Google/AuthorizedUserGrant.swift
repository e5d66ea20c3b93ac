import HTTPTransport
import NIOConcurrencyHelpers
import UploadCore

/// What `gcloud auth application-default login` writes: a refresh token that buys access tokens.
final class AuthorizedUserGrant: TokenGrant {
    struct File: Decodable {
        let client_id: String
        let client_secret: Secret
        let refresh_token: Secret
        let token_uri: String?
        /// The project that is charged for requests and whose quota they use.
        let quota_project_id: String?
    }

    private let file: File
    private let endpoint: TokenEndpoint
    /// The issuer may exchange it with every use. The file is the user's and stays as it is.
    private let refreshToken: NIOLockedValueBox<Secret>

    init(_ file: File, path: String, transport: any HTTPTransport) throws(CredentialsError) {
        self.file = file
        endpoint = try TokenEndpoint(file.token_uri, in: path, transport: transport)
        refreshToken = NIOLockedValueBox(file.refresh_token)
    }

    func obtain() async throws(UploadError) -> AccessToken {
        let grant = try await endpoint.post(
            [
                ("grant_type", "refresh_token"),
                ("client_id", file.client_id),
                ("client_secret", file.client_secret.value),
                ("refresh_token", refreshToken.withLockedValue { $0.value }),
            ], remedy: "log in again (gcloud auth application-default login) and mount again")
        if let rotated = grant.refresh_token, !rotated.isEmpty {
            refreshToken.withLockedValue { $0 = Secret(rotated) }
        }
        return grant.token
    }
}
