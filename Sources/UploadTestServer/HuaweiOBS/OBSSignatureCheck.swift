import Crypto
import Foundation
import HTTPTypes

/// The signature in a request's `Authorization: OBS AK:SIGNATURE` header.
struct OBSSignatureCheck {
    /// Query parameters that are signed, in lower case; so are those that begin with `x-obs-`.
    private static let signedParameters: Set<String> = [
        "acl", "append", "backtosource", "bucketstatus", "cors", "customdomain", "delete", "deletebucket", "directcoldaccess", "dispolicy",
        "encryption", "fileinterface", "inventory", "length", "lifecycle", "location", "logging", "metadata", "modify", "name",
        "notification", "object-lock", "obscompresspolicy", "partnumber", "policy", "policystatus", "position", "publicaccessblock",
        "quota", "rename", "replication", "requestpayment", "response-cache-control", "response-content-disposition",
        "response-content-encoding", "response-content-language", "response-content-type", "response-expires", "restore", "retention",
        "storageclass", "storageinfo", "storagepolicy", "tagging", "torrent", "truncate", "uploadid", "uploads", "versionid",
        "versioning", "versions", "website", "x-image-process", "x-image-save-bucket", "x-image-save-object", "x-oss-process",
    ]
    /// A request that is further from the server's time than this is refused.
    private static let skewSecondsMax: Int64 = 15 * 60

    let exchange: Exchange
    let address: ObjectAddress

    init(_ exchange: Exchange, _ address: ObjectAddress) {
        self.exchange = exchange
        self.address = address
    }

    func check(_ keys: AccessKeys) throws {
        let (key, signature) = try credentials()
        try checkTime()
        guard let secret = keys.secret(of: key) else {
            throw ObjectXMLError(403, "InvalidAccessKeyId", "The OBS Access Key Id you provided does not exist in our records.")
        }
        guard keys.accepts(token: exchange.header("x-obs-security-token"), for: key) else {
            throw ObjectXMLError(403, "InvalidAccessKeyId", "The security token is invalid.")
        }
        let signed = Self.sign(stringToSign, secret: secret)
        guard signed == signature else {
            let shown = stringToSign.replacing("\n", with: "\\n")
            throw ObjectXMLError(
                403, "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. The string to sign was: \(shown)")
        }
    }

    private func credentials() throws -> (key: String, signature: String) {
        let halves = (exchange.header("authorization") ?? "").split(separator: " ")
        guard halves.count == 2, halves[0] == "OBS", let colon = halves[1].lastIndex(of: ":") else {
            throw ObjectXMLError(403, "AccessDenied", "Access Denied")
        }
        return (String(halves[1][..<colon]), String(halves[1][halves[1].index(after: colon)...]))
    }

    private func checkTime() throws {
        guard let date = exchange.header("x-obs-date") ?? exchange.header("date"), let seconds = HTTPTime.seconds(date) else {
            throw ObjectXMLError(403, "AccessDenied", "Authentication requires a valid Date or x-obs-date header")
        }
        guard abs(seconds - Int64(Date().timeIntervalSince1970)) <= Self.skewSecondsMax else {
            throw ObjectXMLError(
                403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
        }
    }

    static func sign(_ text: String, secret: String) -> String {
        let code = HMAC<Insecure.SHA1>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return Data(code).base64EncodedString()
    }

    var stringToSign: String {
        let date = exchange.header("x-obs-date") == nil ? exchange.header("date") ?? "" : ""
        let lines = [
            exchange.method.rawValue, exchange.header("content-md5") ?? "", exchange.header("content-type") ?? "", date,
        ]
        return lines.map { $0 + "\n" }.joined() + headers + resource
    }

    private var headers: String {
        var values: [String: [String]] = [:]
        for field in exchange.request.headers where field.name.canonicalName.hasPrefix("x-obs-") {
            values[field.name.canonicalName, default: []].append(field.value)
        }
        return values.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.joined(separator: ","))\n" }.joined()
    }

    private var resource: String {
        let target = exchange.request.head.path ?? "/"
        let halves = target.pieces(at: "?", maxSplits: 1)
        let path = String(halves.first ?? "/")
        let isPathStyle = VirtualHost.bucket(exchange) == nil
        let signed = Self.signedQuery(halves.count > 1 ? halves[1] : "")
        return (isPathStyle ? path : "/\(address.bucket ?? "")\(path)") + (signed.isEmpty ? "" : "?" + signed)
    }

    /// Sorted by name; names as they were sent, values decoded.
    private static func signedQuery(_ query: Substring) -> String {
        query.pieces(at: "&").compactMap { pair -> (name: String, value: String?)? in
            let sides = pair.pieces(at: "=", maxSplits: 1)
            let name = String(sides[0])
            guard signedParameters.contains(name.lowercased()) || name.lowercased().hasPrefix("x-obs-") else { return nil }
            return (name, sides.count > 1 ? RequestTarget.decode(sides[1], plusIsSpace: true) : nil)
        }.sorted { $0.name < $1.name }.map { pair in pair.value.map { "\(pair.name)=\($0)" } ?? pair.name }.joined(separator: "&")
    }
}
