/// Cloud Storage's XML API, as far as multipart uploads need it.
struct GoogleXMLDialect: ObjectXMLDialect {
    let prefix = "x-goog-"
    let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
    let partSizeMin: Int64

    private static let preconditions = ["generation-match", "metageneration-match"]

    /// As an emulator does, this one also takes requests without credentials, but no wrong ones.
    func checkCredentials(_ exchange: Exchange, _ address: ObjectAddress) throws {
        guard let credentials = exchange.header("authorization"), credentials != "Bearer \(TokenService.token)" else { return }
        throw ObjectXMLError(401, "AuthenticationRequired", "Authentication required.")
    }

    func traits(_ exchange: Exchange) throws -> [String: String] {
        for name in Self.preconditions where exchange.header("x-goog-if-\(name)") != nil {
            throw ObjectXMLError.invalidArgument("Multipart uploads take no preconditions.")
        }
        var headers: [String: String] = [:]
        headers["x-goog-encryption-kms-key-name"] = exchange.header("x-goog-encryption-kms-key-name")
        headers["x-goog-acl"] = exchange.header("x-goog-acl")
        return headers
    }

    func customerKey(_ exchange: Exchange) throws -> String? {
        do {
            return try SuppliedKey.sha256(in: exchange)
        } catch {
            throw ObjectXMLError.invalidArgument(error.message)
        }
    }

    func digestHeaders(_ digests: VouchedDigests) -> [(String, String)] {
        let hashes = ["crc32c=\(RunningCRC32C.base64(digests.crc32c))"] + (digests.md5.map { ["md5=\($0)"] } ?? [])
        return [("x-goog-hash", hashes.joined(separator: ","))]
    }
}
