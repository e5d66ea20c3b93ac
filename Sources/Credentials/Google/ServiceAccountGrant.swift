import Foundation
import HTTPTransport
import JWTKit
import UploadCore

/// A service account's key file: signs an assertion with its private key and exchanges it for a token (RFC 7523).
struct ServiceAccountGrant: TokenGrant {
    struct File: Decodable {
        let client_email: String
        let private_key: Secret
        let private_key_id: String?
        let token_uri: String?
    }

    /// What the assertion says. The audience is Google's endpoint even where the file has the assertion posted elsewhere.
    struct Claims: JWTPayload {
        let iss: String
        let scope: String
        let aud: String
        let iat: Int
        let exp: Int

        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    static let audience = TokenEndpoint.google

    private let email: String
    private let key: Insecure.RSA.PrivateKey
    private let keyID: String?
    private let scopes: [String]
    private let endpoint: TokenEndpoint

    init(_ file: File, path: String, scopes: [String], transport: any HTTPTransport) throws(CredentialsError) {
        do {
            key = try Insecure.RSA.PrivateKey(pem: file.private_key.value)
        } catch {
            throw CredentialsError("the private key in the credential file \(path) is not an RSA key of 2048 bits or more in PEM form")
        }
        email = file.client_email
        keyID = file.private_key_id
        self.scopes = scopes
        endpoint = try TokenEndpoint(file.token_uri, in: path, transport: transport)
    }

    func obtain() async throws(UploadError) -> AccessToken {
        let assertion = try await assertion(now: Date())
        let grant = try await endpoint.post(
            [
                ("grant_type", SignedAssertion.grantType), ("assertion", assertion),
            ], remedy: "check that the service account and its key still exist, and that this machine's clock is right")
        return grant.token
    }

    func assertion(now: Date) async throws(UploadError) -> String {
        let issued = Int(now.timeIntervalSince1970)
        let claims = Claims(
            iss: email, scope: scopes.joined(separator: " "), aud: Self.audience, iat: issued, exp: issued + 3600)
        return try await SignedAssertion.text(claims, by: key, keyID, of: "the service account")
    }
}
