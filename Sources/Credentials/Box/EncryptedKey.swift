import Foundation
import HTTPTransport
import JWTKit
import NIOSSL

/// Private keys in PEM form, encrypted (PKCS #8 with PBES2, RFC 8018) or not. BoringSSL does the decryption.
enum EncryptedKey {
    static func rsa(pem: Secret, passphrase: Secret?, path: String) throws(CredentialsError) -> Insecure.RSA.PrivateKey {
        let der: [UInt8]
        do {
            let password = Array((passphrase?.value ?? "").utf8)
            der = try NIOSSLPrivateKey(bytes: Array(pem.value.utf8), format: .pem) { use in use(password) }.derBytes
        } catch {
            throw CredentialsError("the private key in the credential file \(path) cannot be decrypted; is the passphrase the key's?")
        }
        do {
            return try Insecure.RSA.PrivateKey(pem: Self.pem(der))
        } catch {
            throw CredentialsError("the private key in the credential file \(path) is not an RSA key of 2048 bits or more")
        }
    }

    /// BoringSSL writes an RSA key as PKCS #1 does.
    private static func pem(_ der: [UInt8]) -> String {
        let lines = Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        return "-----BEGIN RSA PRIVATE KEY-----\n\(lines)\n-----END RSA PRIVATE KEY-----\n"
    }
}
