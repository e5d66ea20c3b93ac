import Foundation
import HTTPTypes
import Hummingbird
import NIOConcurrencyHelpers

/// Where clients get access tokens: by refresh token, client credentials, or the signed request of an app.
///
/// Client id and secret are `test-client` and `test-secret`. A refresh token is good for one use; one of a test's own begins with
/// `test-refresh`.
struct BoxTokenEndpoint: Sendable {
    private static let life = 3600
    private static let refreshPrefix = "test-refresh"

    let control: BoxControl
    let gate: FaultGate
    private let layout: StorageLayout
    /// Refresh tokens and the names of signed requests that have been used.
    private let spent: NIOLockedValueBox<Set<String>>

    init(layout: StorageLayout, control: BoxControl, gate: FaultGate) throws {
        self.layout = layout
        self.control = control
        self.gate = gate
        let path = Self.path(layout)
        spent = NIOLockedValueBox(FileManager.default.fileExists(atPath: path) ? try layout.load(Set<String>.self, from: path) : [])
    }

    private static func path(_ layout: StorageLayout) -> String { "\(layout.root)/spent-tokens.json" }

    func respond(to exchange: Exchange) async throws -> Response {
        guard exchange.method == .post else { throw BoxError.notBuilt("\(exchange.method.rawValue) on the token endpoint") }
        let form = RequestTarget(form: String(decoding: try await exchange.collectBody(), as: UTF8.self))
        return try await gate.pass(.token, nil, exchange, refusal: TokenFailure.scripted) { fault in
            do {
                guard exchange.header("content-type")?.hasPrefix("application/x-www-form-urlencoded") == true else {
                    throw TokenFailure(code: "invalid_request", message: "A token request is a form.")
                }
                try checkClient(form)
                return try grant(form, exchange, fault)
            } catch let refusal as TokenFailure {
                return refusal.response
            }
        }
    }

    private func checkClient(_ form: RequestTarget) throws {
        guard form["client_id"] == "test-client", form["client_secret"] == "test-secret" else {
            throw TokenFailure(code: "invalid_client", message: "The client credentials are invalid")
        }
    }

    private func grant(_ form: RequestTarget, _ exchange: Exchange, _ fault: FaultAction) throws -> Response {
        switch form["grant_type"] {
        case "refresh_token":
            let token = form["refresh_token"] ?? ""
            guard token.hasPrefix(Self.refreshPrefix), try spend(token) else {
                throw TokenFailure(code: "invalid_grant", message: "Invalid refresh token")
            }
            return answer(fault, refreshToken: "\(Self.refreshPrefix)-\(RandomID.make().prefix(32))")
        case "client_credentials":
            guard ["enterprise", "user"].contains(form["box_subject_type"]), form["box_subject_id"]?.isEmpty == false else {
                throw TokenFailure(code: "unauthorized_client", message: "The subject is no enterprise or user")
            }
            return answer(fault)
        case "urn:ietf:params:oauth:grant-type:jwt-bearer":
            let audiences = ["https://api.box.com/oauth2/token", "\(exchange.baseURL)/box/oauth2/token"]
            let assertion = try BoxAssertion(form["assertion"] ?? "", publicKeys: control.current.publicKeys)
            try assertion.check(audiences: audiences, client: form["client_id"] ?? "")
            guard try spend(assertion.id) else {
                throw TokenFailure(code: "invalid_grant", message: "Please check the 'jti' claim. It has been used before.")
            }
            return answer(fault)
        case let other:
            throw TokenFailure(code: "unsupported_grant_type", message: "Invalid grant_type: \(other ?? "")")
        }
    }

    /// False if it has been used before.
    private func spend(_ token: String) throws -> Bool {
        try spent.withLockedValue { spent in
            guard spent.insert(token).inserted else { return false }
            try layout.save(spent, to: Self.path(layout))
            return true
        }
    }

    private func answer(_ fault: FaultAction, refreshToken: String? = nil) -> Response {
        var token: [String: JSONValue] = [
            "access_token": .string(fault.accessToken ?? TokenService.token), "token_type": "bearer", "restricted_to": [],
            "expires_in": .number(Double(fault.expiresIn ?? Self.life)),
        ]
        if let refreshToken { token["refresh_token"] = .string(refreshToken) }
        return .json(.object(token))
    }
}
