import Crypto
import Foundation
import NIOHTTP1
import UploadCore

/// What every object of a destination gets apart from its name and content.
public struct GoogleStorageOptions: Sendable, Equatable {
    /// Of objects that ask for none of their own; nil for the bucket's default.
    public var storageClass: String?
    /// Cloud KMS key that encrypts the objects: `projects/P/locations/L/keyRings/R/cryptoKeys/K`.
    public var kmsKey: String?
    public var cacheControl: String?
    /// One of `predefinedACLs`.
    public var predefinedACL: String?
    /// Encrypts the objects in place of a key of Google's or of Cloud KMS.
    public var encryptionKey: CustomerKey?

    /// The values of the parameter `predefinedAcl` (storage.v1, objects.insert).
    public static let predefinedACLs = [
        "authenticatedRead", "bucketOwnerFullControl", "bucketOwnerRead", "private", "projectPrivate", "publicRead",
    ]

    public init(
        storageClass: String? = nil, kmsKey: String? = nil, cacheControl: String? = nil, predefinedACL: String? = nil,
        encryptionKey: CustomerKey? = nil
    ) throws(DestinationError) {
        if let kmsKey { try Self.check(kmsKey: kmsKey) }
        if let predefinedACL, !Self.predefinedACLs.contains(predefinedACL) {
            throw DestinationError("unknown acl '\(predefinedACL)'; valid values are \(Self.predefinedACLs.joined(separator: ", "))")
        }
        self.storageClass = storageClass
        self.kmsKey = kmsKey
        self.cacheControl = cacheControl
        self.predefinedACL = predefinedACL
        self.encryptionKey = encryptionKey
    }

    private init() {}

    public static let none = GoogleStorageOptions()

    private static func check(kmsKey: String) throws(DestinationError) {
        let words = kmsKey.pieces(at: "/")
        let names = ["projects", "locations", "keyRings", "cryptoKeys"]
        let isWhole = words.count == 8 && zip(names, stride(from: 0, to: 8, by: 2)).allSatisfy { $0 == words[$1] } && !words.contains("")
        guard !isWhole else { return }
        // The service takes the key and chooses its version.
        let hint = kmsKey.contains("/cryptoKeyVersions/") ? "omit the version:" : "use"
        throw DestinationError("invalid kms_key '\(kmsKey)'; \(hint) projects/P/locations/L/keyRings/R/cryptoKeys/K")
    }
}

/// The headers of cloud.google.com/storage/docs/encryption/customer-supplied-keys.
extension CustomerKey {
    /// Of a request that reads or writes an object with this key.
    var headers: HTTPHeaders { headers(after: "x-goog-") }

    /// The same for the object that a copy reads.
    var headersOfSource: HTTPHeaders { headers(after: "x-goog-copy-source-") }

    private func headers(after prefix: String) -> HTTPHeaders {
        [
            "\(prefix)encryption-algorithm": "AES256",
            "\(prefix)encryption-key": Data(bytes).base64EncodedString(),
            "\(prefix)encryption-key-sha256": Data(SHA256.hash(data: bytes)).base64EncodedString(),
        ]
    }
}
