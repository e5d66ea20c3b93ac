import Foundation
import HTTPTransport
import JWTKit
import NIOHTTP1
import UploadCore

/// An app with a key pair: signs an assertion with its private key and exchanges it for a token (RFC 7523, and developer.box.com,
/// "JWT without SDKs").
struct BoxAppGrant: TokenGrant {
    struct Claims: JWTPayload {
        let iss: String
        let sub: String
        let box_sub_type: String
        let aud: String
        let jti: String
        let exp: Int

        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    /// Box's endpoint, even where the assertion is posted elsewhere.
    static let audience = "https://api.box.com/oauth2/token"
    /// "exp: can be no more than 60 seconds"; less, so that a clock that is a little ahead does no harm.
    static let lifeSeconds = 45

    private let client: BoxClient
    private let subject: BoxSubject
    private let key: Insecure.RSA.PrivateKey
    private let keyID: String

    init(_ client: BoxClient, _ auth: BoxCredentialFile.App.Auth, subject: BoxSubject, path: String) throws(CredentialsError) {
        self.client = client
        self.subject = subject
        keyID = auth.publicKeyID
        key = try EncryptedKey.rsa(pem: auth.privateKey, passphrase: auth.passphrase, path: path)
    }

    func obtain() async throws(UploadError) -> AccessToken {
        let response = try await post(now: Date())
        guard let serverTime = Self.serverTime(ifSkewed: response) else { return try token(from: response) }
        // Only the difference of the clocks is wrong: the same request, dated by the server's.
        return try token(from: try await post(now: serverTime))
    }

    private func token(from response: HTTPResponse) throws(UploadError) -> AccessToken {
        try TokenEndpoint.grant(
            from: response, remedy: "check the key pair in the credential file, and that an administrator has authorized the application",
            hiding: [client.secret.value]
        ).token
    }

    private func post(now: Date) async throws(UploadError) -> HTTPResponse {
        let assertion = try await assertion(now: now)
        return try await client.endpoint.send(client.form(SignedAssertion.grantType, [("assertion", assertion)]))
    }

    /// What the server's clock says, where it refuses the assertion because of its expiry.
    private static func serverTime(ifSkewed response: HTTPResponse) -> Date? {
        guard response.status == .badRequest, String(buffer: response.body).contains("'exp'") else { return nil }
        return response.headers.first(name: "Date").flatMap(HTTPDate.parse)
    }

    func assertion(now: Date) async throws(UploadError) -> String {
        // Each has a name of its own, of 32 characters here: 16 to 128 are taken.
        let name = UUID().uuidString.filter { $0 != "-" }
        let claims = Claims(
            iss: client.id, sub: subject.id, box_sub_type: subject.kind, aud: Self.audience, jti: name,
            exp: Int(now.timeIntervalSince1970) + Self.lifeSeconds)
        return try await SignedAssertion.text(claims, by: key, keyID, of: "the app")
    }
}
