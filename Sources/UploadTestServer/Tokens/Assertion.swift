import Foundation

/// A service account's signed request for a token (RFC 7523). The server knows no account's key, so the signature itself is not checked.
struct Assertion {
    private let header: [String: JSONValue]
    private let claims: [String: JSONValue]

    init(_ token: String) throws {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.decode(parts[0]), let claims = Self.decode(parts[1]), !parts[2].isEmpty else {
            throw TokenRefusal(code: "invalid_grant", message: "The assertion is no JWT of three parts.")
        }
        self.header = header
        self.claims = claims
    }

    func check(audiences: [String], now: Double = Date().timeIntervalSince1970) throws {
        try require(header["alg"]?.string == "RS256", "The assertion is not signed with RS256.")
        try require(claims["iss"]?.string?.contains("@") == true, "The assertion has no issuer.")
        try require(claims["scope"]?.string?.isEmpty == false, "The assertion has no scope.")
        try require(claims["aud"]?.string.map(audiences.contains) == true, "The assertion is for another audience.")
        guard case .number(let issued)? = claims["iat"], case .number(let expires)? = claims["exp"] else {
            throw TokenRefusal(code: "invalid_grant", message: "The assertion has no times.")
        }
        let isShort = issued <= now + 60 && now < expires && expires - issued <= 3600
        try require(isShort, "Token must be a short-lived token (60 minutes) and in a reasonable timeframe.")
    }

    private func require(_ condition: Bool, _ message: String) throws {
        guard condition else { throw TokenRefusal(code: "invalid_grant", message: message) }
    }

    /// A part of a JWT: JSON in base64url without padding.
    private static func decode(_ part: Substring) -> [String: JSONValue]? {
        let base64 = String(part.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        let padded = base64 + String(repeating: "=", count: (4 - base64.count % 4) % 4)
        return Data(base64Encoded: padded).flatMap { try? JSONDecoder().decode(JSONValue.self, from: $0).object }
    }
}
