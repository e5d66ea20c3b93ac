import Foundation

/// A JWT (RFC 7519), taken apart. Its signature is not checked here.
struct JSONWebToken {
    let header: [String: JSONValue]
    let claims: [String: JSONValue]
    let signature: Data
    /// What the signature is over.
    let signedBytes: Data

    init(_ text: String) throws {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.json(parts[0]), let claims = Self.json(parts[1]), let signature = Self.bytes(parts[2]),
            !signature.isEmpty
        else { throw TokenFailure(code: "invalid_grant", message: "The assertion is no JWT of three parts.") }
        self.header = header
        self.claims = claims
        self.signature = signature
        signedBytes = Data("\(parts[0]).\(parts[1])".utf8)
    }

    private static func json(_ part: Substring) -> [String: JSONValue]? {
        bytes(part).flatMap { try? JSONDecoder().decode(JSONValue.self, from: $0).object }
    }

    /// Base64url without padding.
    private static func bytes(_ part: Substring) -> Data? {
        let base64 = String(part.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        return Data(base64Encoded: base64 + String(repeating: "=", count: (4 - base64.count % 4) % 4))
    }
}
