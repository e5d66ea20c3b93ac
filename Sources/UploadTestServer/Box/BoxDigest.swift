import Foundation

/// SHA-1 as the API writes it: base64 in a header, hexadecimal in JSON.
enum BoxDigest {
    /// The value of `Digest: sha=BASE64` (RFC 3230). Clients write the name of the algorithm with and without capitals.
    static func claimed(_ exchange: Exchange) throws -> [UInt8] {
        let sides = (exchange.header("digest") ?? "").split(separator: "=", maxSplits: 1)
        guard sides.count == 2, sides[0].lowercased() == "sha", let digest = Data(base64Encoded: String(sides[1])), digest.count == 20 else {
            throw BoxError(400, "invalid_digest", "The request has no header Digest: sha=BASE64.")
        }
        return Array(digest)
    }

    static func check(_ claimed: [UInt8], _ actual: [UInt8]) throws {
        guard claimed != actual else { return }
        let (actual, claimed) = (Data(actual).base64EncodedString(), Data(claimed).base64EncodedString())
        throw BoxError(400, "digest_mismatch", "File digest was incorrect. Actual: \(actual) Expected: \(claimed)")
    }

    static func hexadecimal(_ digest: [UInt8]) -> String {
        digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
