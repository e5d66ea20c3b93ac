import Foundation
import HTTPTypes
import Hummingbird

/// Where clients get access tokens: Google's OAuth endpoint, and a machine's metadata server.
struct TokenService: Sendable {
    /// The one token that the server accepts.
    static let token = "test-token"
    private static let life = 3600

    let gate: FaultGate

    /// Nil if the path is not one of these.
    func respond(to exchange: Exchange) async throws -> Response? {
        switch exchange.target.segments {
        case ["oauth2", "token"] where exchange.method == .post: try await grant(exchange)
        case ["computeMetadata", "v1", "instance", "service-accounts", "default", "token"]: try await metadataToken(exchange)
        default: nil
        }
    }

    private func grant(_ exchange: Exchange) async throws -> Response {
        let form = RequestTarget(form: String(decoding: try await exchange.collectBody(), as: UTF8.self))
        return try await pass(exchange) { fault in
            do {
                guard exchange.header("content-type")?.hasPrefix("application/x-www-form-urlencoded") == true else {
                    throw TokenFailure(code: "invalid_request", message: "A token request is a form.")
                }
                try check(form, exchange)
                return answer(fault)
            } catch let refusal as TokenFailure {
                return refusal.response
            }
        }
    }

    private func check(_ form: RequestTarget, _ exchange: Exchange) throws {
        switch form["grant_type"] {
        case "urn:ietf:params:oauth:grant-type:jwt-bearer":
            try Assertion(form["assertion"] ?? "").check(audiences: ["https://oauth2.googleapis.com/token", "\(exchange.baseURL)/oauth2/token"])
        case "refresh_token":
            for field in ["client_id", "client_secret", "refresh_token"] where form[field]?.isEmpty != false {
                throw TokenFailure(code: "invalid_request", message: "Missing required parameter: \(field)")
            }
        case let other:
            throw TokenFailure(code: "unsupported_grant_type", message: "Invalid grant_type: \(other ?? "")")
        }
    }

    private func metadataToken(_ exchange: Exchange) async throws -> Response {
        try await pass(exchange) { fault in
            guard exchange.header("metadata-flavor") == "Google" else {
                return .text("Missing Metadata-Flavor:Google header.\n", status: 403)
            }
            return answer(fault).adding("Metadata-Flavor", "Google")
        }
    }

    private func answer(_ fault: FaultAction) -> Response {
        .json([
            "access_token": .string(fault.accessToken ?? Self.token), "expires_in": .number(Double(fault.expiresIn ?? Self.life)),
            "token_type": "Bearer",
        ])
    }

    private func pass(_ exchange: Exchange, perform: (FaultAction) async throws -> Response) async throws -> Response {
        try await gate.pass(.token, nil, exchange, refusal: TokenFailure.scripted, perform: perform)
    }
}

/// An error as OAuth writes it (RFC 6749 section 5.2).
struct TokenFailure: Error {
    let code: String
    let message: String
    var status = 400

    /// The response for a status that a fault asks for.
    static func scripted(_ status: Int, _ reason: String?) -> Response {
        TokenFailure(code: reason ?? "server_error", message: "A scripted fault.", status: status).response
    }

    var response: Response {
        .json(["error": .string(code), "error_description": .string(message)], status: status)
    }
}
