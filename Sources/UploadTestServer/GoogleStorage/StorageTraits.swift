import Foundation

/// What a request asks for an object beside its metadata: who may read it, and what encrypts it.
struct StorageTraits: Sendable, Codable {
    /// SHA-256 of the client's own key.
    let customerKey: String?
    /// The fields of the resource that tell all of it.
    let fields: [String: JSONValue]

    /// Fields that only a request which makes an object sets.
    static let names: Set<String> = ["acl", "customerEncryption", "kmsKeyName"]

    /// - Parameter isCopy: whether the object is made of another one; the parameters then have other names.
    init(_ exchange: Exchange, isCopy: Bool = false) throws {
        let kmsKey = exchange.target[isCopy ? "destinationKmsKeyName" : "kmsKeyName"]
        let acl = exchange.target[isCopy ? "destinationPredefinedAcl" : "predefinedAcl"]
        customerKey = try SuppliedKey.ofRequest(exchange)
        var fields: [String: JSONValue] = [:]
        if let customerKey {
            fields["customerEncryption"] = ["encryptionAlgorithm": "AES256", "keySha256": .string(customerKey)]
        }
        if let kmsKey { fields["kmsKeyName"] = .string(try Self.keyVersion(kmsKey)) }
        if let acl { fields["acl"] = .array(try PredefinedACL.entries(acl)) }
        guard kmsKey == nil || customerKey == nil else {
            throw GoogleError.badRequest("An object is encrypted by a key of Cloud KMS or by one of the customer's own, not by both.")
        }
        self.fields = fields
    }

    /// The service chooses the version of a key; this one knows of one.
    private static func keyVersion(_ key: String) throws -> String {
        let words = key.pieces(at: "/")
        guard words.count == 8, words[0] == "projects", words[2] == "locations", words[4] == "keyRings", words[6] == "cryptoKeys" else {
            throw GoogleError.badRequest("The kmsKeyName \(key) is not projects/P/locations/L/keyRings/R/cryptoKeys/K.")
        }
        return "\(key)/cryptoKeyVersions/1"
    }
}

/// The names for common sets of access rules.
enum PredefinedACL {
    static func entries(_ name: String) throws -> [JSONValue] {
        let readers: [String] =
            switch name {
            case "private", "bucketOwnerRead", "bucketOwnerFullControl", "projectPrivate": []
            case "publicRead": ["allUsers"]
            case "authenticatedRead": ["allAuthenticatedUsers"]
            default: throw GoogleError.badRequest("There is no predefined ACL \(name).")
            }
        return [entry("project-owners-0", "OWNER")] + readers.map { entry($0, "READER") }
    }

    /// What an object has for which no one asked for another.
    static var usual: [JSONValue] { [entry("project-owners-0", "OWNER")] }

    private static func entry(_ entity: String, _ role: String) -> JSONValue {
        ["kind": "storage#objectAccessControl", "entity": .string(entity), "role": .string(role)]
    }
}
