import Crypto
import Foundation

/// The headers by which a client encrypts an object with a key of its own. The server never keeps a key, only what tells it
/// from any other; the content it keeps as it is.
enum SuppliedKey {
    /// A key whose headers do not agree with each other.
    struct Invalid: Error {
        let reason: String
        let message: String
    }

    /// The SHA-256 of the key in a request, in base64; nil where there is none.
    /// - Parameter prefix: `x-goog-encryption-`, or `x-goog-copy-source-encryption-` for what a copy reads.
    static func sha256(in exchange: Exchange, prefix: String = "x-goog-encryption-") throws(Invalid) -> String? {
        let header = { (name: String) in exchange.header(prefix + name) }
        guard header("algorithm") != nil || header("key") != nil || header("key-sha256") != nil else { return nil }
        guard header("algorithm") == "AES256" else {
            throw Invalid(reason: "customerEncryptionAlgorithmIsInvalid", message: "Invalid customer encryption algorithm; it is AES256.")
        }
        guard let key = header("key").flatMap({ Data(base64Encoded: $0) }), key.count == 32 else {
            throw Invalid(reason: "customerEncryptionKeyFormatIsInvalid", message: "Missing an encryption key, or it is not 32 bytes in base64.")
        }
        let sha256 = Data(SHA256.hash(data: key)).base64EncodedString()
        guard header("key-sha256") == sha256 else {
            throw Invalid(reason: "customerEncryptionKeySha256IsInvalid", message: "The SHA256 of the encryption key is missing or another one.")
        }
        return sha256
    }

    /// The same for Cloud Storage's JSON API.
    static func ofRequest(_ exchange: Exchange, prefix: String = "x-goog-encryption-") throws(GoogleError) -> String? {
        do {
            return try sha256(in: exchange, prefix: prefix)
        } catch {
            throw GoogleError(400, error.reason, error.message)
        }
    }
}

extension ObjectRecord {
    /// Which key the content was encrypted with, if with one of the client's own.
    var customerKey: String? { xml?.customerKey ?? fields["customerEncryption"]?.object?["keySha256"]?.string }

    /// Refuses a request that is to read the content and does not have its key.
    func checkKey(_ sha256: String?) throws(GoogleError) {
        guard sha256 != customerKey else { return }
        throw switch (sha256, customerKey) {
        case (nil, _):
            GoogleError(
                400, "resourceIsEncryptedWithCustomerEncryptionKey", "The target object is encrypted by a customer-supplied encryption key.")
        case (_, nil):
            GoogleError(
                400, "resourceNotEncryptedWithCustomerEncryptionKey", "The target object is not encrypted by a customer-supplied encryption key.")
        default:
            GoogleError(400, "customerEncryptionKeyIsIncorrect", "The provided encryption key is incorrect.")
        }
    }
}
