@testable import Credentials
import CryptoExtras

/// A key pair that is generated in each run.
enum TestKey {
    static let pair: (privatePEM: String, publicPEM: String) = {
        do {
            let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
            return (key.pkcs8PEMRepresentation, key.publicKey.pemRepresentation)
        } catch {
            preconditionFailure("no key can be made: \(error)")
        }
    }()
    static var privatePEM: String { pair.privatePEM }
    static var publicPEM: String { pair.publicPEM }
}
