import Foundation

/// A service account's signed request for a token (RFC 7523). The server knows no account's key, so the signature itself is not checked.
struct Assertion {
    private let token: JSONWebToken

    init(_ text: String) throws {
        token = try JSONWebToken(text)
    }

    func check(audiences: [String], now: Double = Date().timeIntervalSince1970) throws {
        let (header, claims) = (token.header, token.claims)
        try require(header["alg"]?.string == "RS256", "The assertion is not signed with RS256.")
        try require(claims["iss"]?.string?.contains("@") == true, "The assertion has no issuer.")
        try require(claims["scope"]?.string?.isEmpty == false, "The assertion has no scope.")
        try require(claims["aud"]?.string.map(audiences.contains) == true, "The assertion is for another audience.")
        guard case .number(let issued)? = claims["iat"], case .number(let expires)? = claims["exp"] else {
            throw TokenFailure(code: "invalid_grant", message: "The assertion has no times.")
        }
        let isShort = issued <= now + 60 && now < expires && expires - issued <= 3600
        try require(isShort, "Token must be a short-lived token (60 minutes) and in a reasonable timeframe.")
    }

    private func require(_ condition: Bool, _ message: String) throws {
        guard condition else { throw TokenFailure(code: "invalid_grant", message: message) }
    }
}
