import JWTKit
import UploadCore

/// A JWT that a private key signs, for the exchange into a token (RFC 7523).
enum SignedAssertion {
    static let grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer"

    /// - Parameters:
    ///   - keyID: goes into the header, so that the service finds the public half.
    ///   - owner: whose key it is, for an error's sentence.
    static func text(
        _ claims: some JWTPayload, by key: Insecure.RSA.PrivateKey, _ keyID: String?, of owner: String
    ) async throws(UploadError) -> String {
        var header = JWTHeader()
        header.kid = keyID
        do {
            let keys = JWTKeyCollection()
            await keys.add(rsa: key, digestAlgorithm: .sha256)
            return try await keys.sign(claims, header: header)
        } catch {
            throw UploadError(.unauthenticated, "the private key of \(owner) cannot sign")
        }
    }
}
