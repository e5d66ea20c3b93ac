import Foundation
import HTTPTransport
import UploadCore

/// Credentials for Box: a file of one of three kinds, or a developer token in the environment.
///
/// Looking reads files and nothing else. The first token is fetched when the first request needs it.
///
/// | the file has | what it is |
/// | --- | --- |
/// | `boxAppSettings.appAuth` | the configuration of an app with a key pair, as Box's developer console hands it out |
/// | `client_id`, `client_secret`, `refresh_token` | what an OAuth 2.0 login gave; the file is rewritten with each new refresh token |
/// | `client_id`, `client_secret`, `enterprise_id` or `user_id` | a client credentials grant |
public enum BoxCredentials {
    /// - Parameters:
    ///   - file: the option `credentials=`; beats everything else.
    ///   - endpoint: URL of the token endpoint.
    ///   - transport: fetches the tokens.
    public static func discover(
        file: String?, environment: [String: String], endpoint: String, transport: any HTTPTransport
    ) throws(CredentialsError) -> any TokenSource {
        if let file { return TokenCache(try grant(file, endpoint, transport), clock: ContinuousClock()) }
        if let token = environment["BOX_DEVELOPER_TOKEN"], !token.isEmpty { return StaticToken(token, refusal: developerTokenRefusal) }
        throw CredentialsError(
            "no credentials for Box were found; give a credential file with the option credentials=FILE, or set BOX_DEVELOPER_TOKEN")
    }

    private static let developerTokenRefusal =
        "Box refused the developer token: it lives for 60 minutes and cannot be renewed; mount again with a new BOX_DEVELOPER_TOKEN, "
        + "or with a credential file (credentials=FILE)"

    private static func grant(
        _ path: String, _ endpoint: String, _ transport: any HTTPTransport
    ) throws(CredentialsError) -> any TokenGrant {
        let data = try CredentialFile.read(path)
        guard let file = try? JSONDecoder().decode(BoxCredentialFile.self, from: data) else {
            throw CredentialsError("the credential file \(path) is not valid JSON, or has a value that is not a string")
        }
        let endpoint = TokenEndpoint(url: endpoint, transport: transport)
        if let app = file.boxAppSettings {
            let client = BoxClient(id: app.clientID, secret: app.clientSecret, endpoint: endpoint)
            let subject = try file.subject(in: path)
            guard let auth = app.appAuth else { return BoxClientGrant(client: client, subject: subject) }
            return try BoxAppGrant(client, auth, subject: subject, path: path)
        }
        guard let id = file.client_id, let secret = file.client_secret else {
            throw CredentialsError("the credential file \(path) has neither boxAppSettings nor client_id and client_secret")
        }
        let client = BoxClient(id: id, secret: secret, endpoint: endpoint)
        if file.refresh_token != nil { return BoxRefreshGrant(client: client, file: RotatingTokenFile(path: path)) }
        return BoxClientGrant(client: client, subject: try file.subject(in: path))
    }
}

/// All that a credential file may have.
struct BoxCredentialFile: Decodable {
    struct App: Decodable {
        struct Auth: Decodable {
            let publicKeyID: String
            let privateKey: Secret
            let passphrase: Secret?
        }
        let clientID: String
        let clientSecret: Secret
        let appAuth: Auth?
    }

    let boxAppSettings: App?
    let enterpriseID: String?
    let userID: String?
    let client_id: String?
    let client_secret: Secret?
    let refresh_token: Secret?
    let enterprise_id: String?
    let user_id: String?

    /// On whose behalf an app works: a user where one is named, else the enterprise.
    func subject(in path: String) throws(CredentialsError) -> BoxSubject {
        if let user = userID ?? user_id { return BoxSubject(kind: "user", id: user) }
        if let enterprise = enterpriseID ?? enterprise_id { return BoxSubject(kind: "enterprise", id: enterprise) }
        throw CredentialsError("the credential file \(path) names neither an enterprise nor a user; add enterprise_id or user_id")
    }
}

struct BoxSubject: Sendable, Equatable {
    /// `enterprise` or `user`.
    let kind: String
    let id: String
}

/// An application that Box knows, and where it gets its tokens.
struct BoxClient: Sendable {
    let id: String
    let secret: Secret
    let endpoint: TokenEndpoint

    /// The form of every token request.
    func form(_ grantType: String, _ fields: [(name: String, value: String)]) -> [(name: String, value: String)] {
        [("grant_type", grantType), ("client_id", id), ("client_secret", secret.value)] + fields
    }
}

/// A token for an app that has only its secret (developer.box.com, "Client Credentials Grant").
struct BoxClientGrant: TokenGrant {
    let client: BoxClient
    let subject: BoxSubject

    func obtain() async throws(UploadError) -> AccessToken {
        let fields = [("box_subject_type", subject.kind), ("box_subject_id", subject.id)]
        return try await client.endpoint.post(
            client.form("client_credentials", fields),
            remedy: "check enterprise_id or user_id in the credential file, and that an administrator has authorized the application"
        ).token
    }
}
