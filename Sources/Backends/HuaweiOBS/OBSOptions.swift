import Crypto
import Foundation
import HTTPTransport
import NIOHTTP1

/// What every object of a destination gets apart from its name and content.
public struct OBSOptions: Sendable, Equatable {
    /// Of objects that ask for none of their own; nil for the bucket's default.
    public var storageClass: String?
    /// One of `accessLists`.
    public var accessList: String?
    /// Days after which the service removes an object.
    public var expiresDays: Int?
    public var cacheControl: String?
    public var encryption: Encryption = .bucketDefault

    public enum Encryption: Sendable, Equatable {
        /// What the bucket is set to.
        case bucketDefault
        /// By a key of the service's key management; nil for its default key.
        case kms(keyID: String?)
        /// By a key that the service knows only while it serves a request that carries it.
        case customer(CustomerKey)
    }

    /// The values of `x-obs-acl`.
    public static let accessLists = [
        "private", "public-read", "public-read-write", "public-read-delivered", "public-read-write-delivered", "bucket-owner-full-control",
    ]
    /// The values of `x-obs-storage-class`.
    public static let storageClasses = ["STANDARD", "WARM", "COLD", "DEEP_ARCHIVE", "INTELLIGENT_TIERING"]

    public static let none = OBSOptions()

    private init() {}

    /// Huawei's SDK drops a value that it does not know; here it is refused.
    public init(
        storageClass: String? = nil, accessList: String? = nil, expiresDays: Int? = nil, cacheControl: String? = nil,
        encryption: Encryption = .bucketDefault
    ) throws(DestinationError) {
        if let storageClass { try Self.check(storageClass, in: Self.storageClasses, "storage_class") }
        if let accessList { try Self.check(accessList, in: Self.accessLists, "acl") }
        if let expiresDays, expiresDays < 1 { throw DestinationError("objects cannot expire after \(expiresDays) days; 1 is the least") }
        if case .kms(let keyID?) = encryption, keyID.isEmpty || !keyID.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            throw DestinationError("invalid kms_key '\(keyID)'; use the key id shown in the KMS console")
        }
        self.storageClass = storageClass
        self.accessList = accessList
        self.expiresDays = expiresDays
        self.cacheControl = cacheControl
        self.encryption = encryption
    }

    static func isStorageClass(_ name: String) -> Bool { storageClasses.contains(name) }

    private static func check(_ value: String, in known: [String], _ option: String) throws(DestinationError) {
        guard !known.contains(value) else { return }
        throw DestinationError("unknown \(option) '\(value)'; valid values are \(known.joined(separator: ", "))")
    }
}

extension OBSOptions {
    /// The headers with which an object is made, apart from its own description.
    func headers(storageClass own: String?) -> HTTPHeaders {
        var headers = HTTPHeaders()
        let fields = [
            ("x-obs-acl", accessList), ("x-obs-storage-class", own ?? storageClass), ("x-obs-expires", expiresDays.map(String.init)),
            ("Cache-Control", cacheControl),
        ]
        for (name, value) in fields {
            if let value { headers.add(name: name, value: value) }
        }
        if case .kms(let keyID) = encryption {
            headers.add(name: "x-obs-server-side-encryption", value: "kms")
            if let keyID { headers.add(name: "x-obs-server-side-encryption-kms-key-id", value: keyID) }
        }
        headers.add(contentsOf: keyHeaders)
        return headers
    }

    /// The headers of every request that touches content: the key of the client's own, where there is one.
    var keyHeaders: HTTPHeaders { customerKey?.headersForOBS(after: "x-obs-") ?? [:] }

    /// The same for the object that a copy reads.
    var sourceKeyHeaders: HTTPHeaders { customerKey?.headersForOBS(after: "x-obs-copy-source-") ?? [:] }

    private var customerKey: CustomerKey? {
        if case .customer(let key) = encryption { key } else { nil }
    }
}

extension CustomerKey {
    fileprivate func headersForOBS(after prefix: String) -> HTTPHeaders {
        [
            "\(prefix)server-side-encryption-customer-algorithm": "AES256",
            "\(prefix)server-side-encryption-customer-key": Data(bytes).base64EncodedString(),
            "\(prefix)server-side-encryption-customer-key-MD5": Data(Insecure.MD5.hash(data: bytes)).base64EncodedString(),
        ]
    }
}
