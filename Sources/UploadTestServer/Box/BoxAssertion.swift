import CryptoExtras
import Foundation

/// An app's signed request for a token (RFC 7523), with the claims that Box wants.
struct BoxAssertion {
    /// In seconds.
    private static let lifeMax = 60.0

    private let token: JSONWebToken
    /// Each request has another.
    let id: String

    /// - Parameter publicKeys: in PEM, by key id.
    /// - Throws: `TokenFailure` where the signature is not that of the key that the assertion names.
    init(_ text: String, publicKeys: [String: String]) throws {
        token = try JSONWebToken(text)
        id = token.claims["jti"]?.string ?? ""
        guard let kid = token.header["kid"]?.string, let pem = publicKeys[kid], let key = try? _RSA.Signing.PublicKey(pemRepresentation: pem)
        else { throw Self.refusal("kid", "There is no such key.") }
        guard Self.isSigned(token, by: key) else {
            throw TokenFailure(code: "invalid_grant", message: "Please check the assertion. Its signature is invalid.")
        }
    }

    private static func isSigned(_ token: JSONWebToken, by key: _RSA.Signing.PublicKey) -> Bool {
        let signature = _RSA.Signing.RSASignature(rawRepresentation: token.signature)
        switch token.header["alg"]?.string {
        case "RS256": return key.isValidSignature(signature, for: SHA256.hash(data: token.signedBytes), padding: .insecurePKCS1v1_5)
        case "RS384": return key.isValidSignature(signature, for: SHA384.hash(data: token.signedBytes), padding: .insecurePKCS1v1_5)
        case "RS512": return key.isValidSignature(signature, for: SHA512.hash(data: token.signedBytes), padding: .insecurePKCS1v1_5)
        default: return false
        }
    }

    func check(audiences: [String], client: String, now: Double = Date().timeIntervalSince1970) throws {
        let claims = token.claims
        try require(claims["iss"]?.string == client, "iss", "It is not the client's id.")
        try require(claims["sub"]?.string?.isEmpty == false, "sub", "There is none.")
        try require(["enterprise", "user"].contains(claims["box_sub_type"]?.string ?? ""), "box_sub_type", "It is neither enterprise nor user.")
        try require(claims["aud"]?.string.map(audiences.contains) == true, "aud", "It is another's.")
        try require((16...128).contains(id.count), "jti", "It has less than 16 or more than 128 characters.")
        guard case .number(let expires)? = claims["exp"], now < expires, expires <= now + Self.lifeMax else {
            throw Self.refusal("exp", "It is not within the next 60 seconds.")
        }
    }

    private func require(_ condition: Bool, _ claim: String, _ reason: String) throws {
        guard condition else { throw Self.refusal(claim, reason) }
    }

    private static func refusal(_ claim: String, _ reason: String) -> TokenFailure {
        TokenFailure(code: "invalid_grant", message: "Please check the '\(claim)' claim. \(reason)")
    }
}
