import Foundation
import HTTPTransport
import NIOCore
import NIOHTTP1
import UploadCore

/// An OAuth 2.0 token endpoint (RFC 6749, section 3.2): takes a form, returns a token or a named error.
struct TokenEndpoint: Sendable {
    /// Where Google's is, unless a credential file names another.
    static let google = "https://oauth2.googleapis.com/token"

    let url: String
    let transport: any HTTPTransport

    init(_ named: String?, in path: String, transport: any HTTPTransport) throws(CredentialsError) {
        url = named ?? Self.google
        self.transport = transport
        guard RequestURL(url) != nil else {
            throw CredentialsError("the token_uri in the credential file \(path) must be an http or https URL")
        }
    }

    init(url: String, transport: any HTTPTransport) {
        self.url = url
        self.transport = transport
    }

    struct Grant: Decodable {
        let access_token: String
        let expires_in: Seconds?
        /// Some issuers exchange the refresh token with every use.
        let refresh_token: String?
    }

    /// - Parameter remedy: what to do about a grant that the issuer refuses, for the end of an error's sentence.
    func post(_ fields: [(name: String, value: String)], remedy: String) async throws(UploadError) -> Grant {
        try Self.grant(from: try await send(fields), remedy: remedy, hiding: fields.map(\.value))
    }

    /// The response as it is, for an issuer with rules of its own.
    func send(_ fields: [(name: String, value: String)]) async throws(UploadError) -> HTTPResponse {
        let request = HTTPRequest(
            .POST, url, headers: ["Content-Type": "application/x-www-form-urlencoded"],
            body: .bytes(ByteBuffer(string: PercentEncoding.query(fields))), timeout: .seconds(30))
        return try await transport.send(request)
    }

    /// - Parameter hiding: what the request carried, secrets among it: a description that repeats any of it is not shown.
    static func grant(from response: HTTPResponse, remedy: String? = nil, hiding secrets: [String] = []) throws(UploadError) -> Grant {
        guard response.status.code == 200 else { throw TokenRefusal(response).error(remedy, hiding: secrets) }
        guard let grant = try? JSONDecoder().decode(Grant.self, from: Data(response.body.readableBytesView)), !grant.access_token.isEmpty
        else { throw UploadError(.invalidResponse, "malformed response: the token endpoint returned no token") }
        return grant
    }
}

extension TokenEndpoint.Grant {
    var token: AccessToken {
        // RFC 6749, section 5.1: where the lifetime is left out, the issuer says it elsewhere; an hour is Google's.
        AccessToken(value: access_token, lifetime: .seconds(expires_in?.value ?? 3600))
    }
}

/// A number of seconds, which some issuers write as a string, or with a fraction. Bounded to what a duration can hold.
struct Seconds: Decodable {
    let value: Int64

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try? container.decode(String.self)
        let number = try text.flatMap { Double($0) } ?? container.decode(Double.self)
        guard number.isFinite else { throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a number of seconds") }
        value = Int64(Swift.min(Swift.max(number, 0), Self.max))
    }

    /// A thousand years: more than any token lives.
    private static let max = 1000 * 365.0 * 86_400
}
