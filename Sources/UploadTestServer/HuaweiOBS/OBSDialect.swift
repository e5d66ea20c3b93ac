import Crypto
import Foundation

/// Huawei's Object Storage Service.
struct OBSDialect: ObjectXMLDialect {
    let prefix = "x-obs-"
    let namespace = "http://obs.myhwclouds.com/doc/2015-06-30/"
    let partSizeMin: Int64 = 100 << 10
    let keys: AccessKeys

    private static let accessLists: Set<String> = [
        "private", "public-read", "public-read-write", "public-read-delivered", "public-read-write-delivered", "bucket-owner-full-control",
    ]
    private static let storageClasses: Set<String> = ["STANDARD", "WARM", "COLD", "DEEP_ARCHIVE", "INTELLIGENT_TIERING"]

    func checkCredentials(_ exchange: Exchange, _ address: ObjectAddress) throws {
        // How a client finds out which signature the service wants; it cannot sign that yet.
        if exchange.method == .head && exchange.target["apiversion"] != nil { return }
        try OBSSignatureCheck(exchange, address).check(keys)
    }

    func traits(_ exchange: Exchange) throws -> [String: String] {
        var traits: [String: String] = [:]
        if let list = exchange.header("x-obs-acl") {
            guard Self.accessLists.contains(list) else { throw ObjectXMLError.invalidArgument("There is no access list \(list).") }
            traits["x-obs-acl"] = list
        }
        if let storageClass = exchange.header("x-obs-storage-class"), !Self.storageClasses.contains(storageClass) {
            throw ObjectXMLError(400, "InvalidStorageClass", "There is no storage class \(storageClass).")
        }
        if let location = exchange.header("x-obs-website-redirect-location") { traits["x-obs-website-redirect-location"] = location }
        for permission in ["read", "read-acp", "write-acp", "full-control"] {
            if let grant = exchange.header("x-obs-grant-\(permission)") { traits["x-obs-grant-\(permission)"] = grant }
        }
        if let days = exchange.header("x-obs-expires") { traits["x-obs-expiration"] = try Self.expiration(days) }
        return try traits.merging(encryption(exchange)) { $1 }
    }

    private static func expiration(_ text: String) throws -> String {
        guard let days = Int64(text), (1...3_000_000).contains(days) else {
            throw ObjectXMLError.invalidArgument("x-obs-expires is a number of days: \(text)")
        }
        let seconds = Int64(Date().timeIntervalSince1970) + days * 86_400
        return "expiry-date=\"\(HTTPTime.text(microseconds: seconds * 1_000_000))\", rule-id=\"-\""
    }

    private func encryption(_ exchange: Exchange) throws -> [String: String] {
        let byService = exchange.header("x-obs-server-side-encryption")
        let keyID = exchange.header("x-obs-server-side-encryption-kms-key-id")
        let customer = try CustomerKey(exchange)
        guard byService == nil || byService == "kms" || byService == "AES256", byService == nil || customer == nil else {
            throw ObjectXMLError.invalidArgument("The headers ask for no encryption that there is, or for two.")
        }
        guard keyID == nil || byService == "kms" else {
            throw ObjectXMLError.invalidArgument("A key id without x-obs-server-side-encryption: kms means nothing.")
        }
        var headers: [String: String] = [:]
        headers["x-obs-server-side-encryption"] = byService
        headers["x-obs-server-side-encryption-kms-key-id"] = keyID
        if let customer {
            headers["x-obs-server-side-encryption-customer-algorithm"] = "AES256"
            headers["x-obs-server-side-encryption-customer-key-MD5"] = customer.md5
        }
        return headers
    }

    func customerKey(_ exchange: Exchange) throws -> String? { try CustomerKey(exchange)?.md5 }

    func digestHeaders(_ digests: VouchedDigests) -> [(String, String)] {
        digests.crc64.map { [("x-obs-checksum-crc64ecma", String($0))] } ?? []
    }
}

/// A key that the client keeps for itself and sends with every request that touches the content.
private struct CustomerKey {
    /// Base64.
    let md5: String

    /// Nil if the request brings none.
    init?(_ exchange: Exchange) throws {
        let header = { (name: String) in exchange.header("x-obs-server-side-encryption-customer-\(name)") }
        let (algorithm, key, md5) = (header("algorithm"), header("key"), header("key-MD5"))
        if algorithm == nil && key == nil && md5 == nil { return nil }
        guard algorithm == "AES256", let key = key.flatMap({ Data(base64Encoded: $0) }), key.count == 32, let md5,
            Data(Insecure.MD5.hash(data: key)).base64EncodedString() == md5
        else {
            throw ObjectXMLError.invalidArgument("A key of the client's own is AES256, 32 bytes in base64, and their MD5.")
        }
        self.md5 = md5
    }
}
