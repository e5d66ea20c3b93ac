import HTTPTransport
import UploadCore

/// What an OAuth 2.0 login left: a refresh token that is good for one use, and buys an access token and its own successor.
///
/// The successor is on the disk before the access token is used: a process that is killed in between could never log in again.
struct BoxRefreshGrant: TokenGrant {
    let client: BoxClient
    let file: RotatingTokenFile

    func obtain() async throws(UploadError) -> AccessToken {
        // Held until the successor is stored, so that no other process uses the same token.
        let lock = try file.lock()
        let token = try lock.refreshToken()
        let grant = try await client.endpoint.post(
            client.form("refresh_token", [("refresh_token", token.value)]),
            remedy: "log in to Box again and put the new refresh_token into \(file.path)")
        guard let successor = grant.refresh_token, !successor.isEmpty else {
            throw UploadError(.invalidResponse, "malformed response: the token endpoint returned no new refresh token")
        }
        try lock.store(Secret(successor))
        return grant.token
    }
}
