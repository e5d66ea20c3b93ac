/// What differs between the services whose API is XML about objects at /BUCKET/KEY.
protocol ObjectXMLDialect: Sendable {
    /// What the service's own headers begin with, such as `x-obs-`.
    var prefix: String { get }
    /// Of the documents that it answers.
    var namespace: String { get }
    /// The smallest part that is not the last, in bytes.
    var partSizeMin: Int64 { get }
    var partSizeMax: Int64 { get }
    /// The largest number of a response's entries.
    var pageMax: Int { get }

    /// Who may do what.
    func checkCredentials(_ exchange: Exchange, _ address: ObjectAddress) throws

    /// The headers of a request that are stored and come back with the object.
    /// - Throws: an error if they contradict each other or have values that the service does not know.
    func traits(_ exchange: Exchange) throws -> [String: String]

    /// What tells the encryption key that the request brings from any other; nil if it brings none.
    func customerKey(_ exchange: Exchange) throws -> String?

    /// The headers by which the service vouches for content.
    func digestHeaders(_ digests: VouchedDigests) -> [(String, String)]
}

/// The digests of an object or a part, as far as there are any.
struct VouchedDigests {
    let crc32c: UInt32
    let crc64: UInt64?
    /// Base64; nil where no single MD5 covers the content.
    let md5: String?

    init(crc32c: UInt32, crc64: UInt64?, md5: String?, fault: FaultAction) {
        let isWrong = fault.wrongCRC32C == true
        self.crc32c = isWrong ? ~crc32c : crc32c
        self.crc64 = isWrong ? crc64.map { ~$0 } : crc64
        self.md5 = md5
    }
}

extension ObjectXMLDialect {
    var pageMax: Int { 1000 }
    var partSizeMax: Int64 { 5 << 30 }
}
