import Foundation
import HTTPTransport
import UploadCore

/// Google's application default credentials: looks in the places where Google's own libraries look, in their order.
///
/// Looking reads files and nothing else: no network, no threads. The first token is fetched when the first request needs it.
public enum GoogleCredentials {
    /// What is needed to write and read objects.
    public static let storageScope = "https://www.googleapis.com/auth/devstorage.read_write"

    /// - Parameters:
    ///   - file: the option `credentials=`; beats everything else.
    ///   - endpoint: the URL that the tokens are for. One that is not https gets none but those that were named on purpose.
    ///   - isEmulator: whether `STORAGE_EMULATOR_HOST` named the endpoint; then the environment's credentials are not for it.
    ///   - transport: fetches the tokens.
    public static func discover(
        file: String?, environment: [String: String], scopes: [String] = [storageScope], endpoint: String, isEmulator: Bool = false,
        transport: any HTTPTransport
    ) throws(CredentialsError) -> any TokenSource {
        let project = nonEmpty(environment["GOOGLE_CLOUD_QUOTA_PROJECT"])
        let reader = GoogleCredentialReader(scopes: scopes, transport: transport, quotaProject: project)
        if let file { return try reader.read(file) }
        if isEmulator { return AnonymousTokens() }
        if let named = nonEmpty(environment["GOOGLE_APPLICATION_CREDENTIALS"]) { return try reader.read(named) }
        if let token = nonEmpty(environment["CLOUDSDK_AUTH_ACCESS_TOKEN"]) {
            return TokensOfProject(base: StaticToken(token, refusal: tokenRefusal), quotaProject: project)
        }
        guard endpoint.lowercased().hasPrefix("https://") else { return AnonymousTokens() }
        if let path = wellKnownFile(environment), FileManager.default.fileExists(atPath: path) { return try reader.read(path) }
        guard environment["NO_GCE_CHECK"]?.lowercased() != "true" else {
            throw CredentialsError(
                "no credentials were found; give a credential file with the option credentials=FILE, or run: gcloud auth application-default login")
        }
        let grant = MetadataServerGrant(environment: environment, scopes: scopes, transport: transport)
        return TokensOfProject(base: TokenCache(grant, clock: ContinuousClock()), quotaProject: project)
    }

    private static let tokenRefusal =
        "the server refused the access token of CLOUDSDK_AUTH_ACCESS_TOKEN, which cannot be renewed; mount again with a new one, "
        + "or with a credential file (credentials=FILE)"

    /// Where `gcloud auth application-default login` writes.
    private static func wellKnownFile(_ environment: [String: String]) -> String? {
        let name = "application_default_credentials.json"
        if let directory = nonEmpty(environment["CLOUDSDK_CONFIG"]) { return "\(directory)/\(name)" }
        return nonEmpty(environment["HOME"]).map { "\($0)/.config/gcloud/\(name)" }
    }

    private static func nonEmpty(_ text: String?) -> String? {
        let trimmed = text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        return trimmed.isEmpty ? nil : trimmed
    }
}

/// Makes a token source of a credential file.
struct GoogleCredentialReader {
    let scopes: [String]
    let transport: any HTTPTransport
    /// `GOOGLE_CLOUD_QUOTA_PROJECT`, which beats `quota_project_id` in the file, as in Google's libraries.
    let quotaProject: String?

    private struct Kind: Decodable {
        let type: String?
    }

    func read(_ path: String) throws(CredentialsError) -> any TokenSource {
        let data = try CredentialFile.read(path)
        guard let kind = try? JSONDecoder().decode(Kind.self, from: data) else {
            throw CredentialsError("the credential file \(path) is not valid JSON")
        }
        switch kind.type {
        case "service_account":
            let file = try decode(ServiceAccountGrant.File.self, data, path)
            return cached(try ServiceAccountGrant(file, path: path, scopes: scopes, transport: transport), nil)
        case "authorized_user":
            let file = try decode(AuthorizedUserGrant.File.self, data, path)
            return cached(try AuthorizedUserGrant(file, path: path, transport: transport), file.quota_project_id)
        case let other?:
            throw CredentialsError(
                "the credential file \(path) is of the type \(other), which is not supported; use a service_account or an authorized_user file")
        case nil:
            throw CredentialsError("the credential file \(path) has no \"type\"; use a service_account or an authorized_user file")
        }
    }

    private func cached(_ grant: some TokenGrant, _ project: String?) -> any TokenSource {
        TokensOfProject(base: TokenCache(grant, clock: ContinuousClock()), quotaProject: quotaProject ?? project.flatMap { $0.isEmpty ? nil : $0 })
    }

    private func decode<File: Decodable>(_ type: File.Type, _ data: Data, _ path: String) throws(CredentialsError) -> File {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch DecodingError.keyNotFound(let key, _) {
            throw CredentialsError("the credential file \(path) lacks \(key.stringValue)")
        } catch {
            throw CredentialsError("the credential file \(path) is not complete")
        }
    }
}
