import Foundation
import HTTPTransport
import NIOHTTP1
import UploadCore

/// Temporary keys of the agency that an elastic cloud server runs under, from the server's metadata service.
///
/// The newer form of the service wants a token of its own first; where it has none, the older form is asked without.
public struct HuaweiMetadataGrant: TokenGrant {
    private let endpoint: String
    private let transport: any HTTPTransport
    private let now: @Sendable () -> Date

    /// - Parameter endpoint: another one only in tests.
    public init(
        endpoint: String = "http://169.254.169.254", transport: any HTTPTransport, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.endpoint = endpoint
        self.transport = transport
        self.now = now
    }

    private struct Document: Decodable {
        struct Credential: Decodable {
            let access: String
            let secret: String
            let securitytoken: String
            let expires_at: String
        }
        let credential: Credential
    }

    public func obtain() async throws(UploadError) -> AccessToken {
        var request = HTTPRequest(.GET, "\(endpoint)/openstack/latest/securitykey", timeout: Self.timeout)
        if let token = try await metadataToken() { request.headers.add(name: "X-securitykey-Token", value: token) }
        let response = try await send(request)
        guard response.status == .ok else {
            throw response.status.code >= 500
                ? UploadError(.serverBusy, "the metadata service failed (status \(response.status.code))") : Self.nothingFound
        }
        guard let credential = try? JSONDecoder().decode(Document.self, from: Data(response.body.readableBytesView)).credential,
            let expiry = RFC3339.parse(credential.expires_at)
        else { throw UploadError(.invalidResponse, "malformed response: the metadata service returned no access key") }
        let key = AccessKey(id: credential.access, secret: credential.secret, sessionToken: credential.securitytoken)
        return AccessToken(value: key.token, lifetime: .seconds(max(0, expiry.timeIntervalSince(now()))))
    }

    /// Nil where the service does not have this step.
    private func metadataToken() async throws(UploadError) -> String? {
        let request = HTTPRequest(
            .PUT, "\(endpoint)/meta-data/latest/api/token",
            headers: ["X-securitykey-Token-Ttl-Seconds": "21600", "Content-Length": "0"], timeout: Self.timeout)
        let response = try await send(request)
        let token = String(buffer: response.body).trimmingCharacters(in: .whitespacesAndNewlines)
        return response.status == .ok && !token.isEmpty ? token : nil
    }

    /// The service is a hop away or nowhere.
    private static let timeout: Duration = .seconds(3)

    private func send(_ request: HTTPRequest) async throws(UploadError) -> HTTPResponse {
        do throws(UploadError) {
            return try await transport.send(request)
        } catch {
            guard error.code == .unreachable || error.code == .timedOut else { throw error }
            throw Self.nothingFound
        }
    }

    private static var nothingFound: UploadError {
        UploadError(
            .unauthenticated,
            "no access key was found and no metadata service responds; set OBS_ACCESS_KEY_ID and OBS_SECRET_ACCESS_KEY, or give the option credentials=FILE"
        )
    }
}
