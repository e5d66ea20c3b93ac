import struct Foundation.Data

/// The algorithms by which services vouch for content.
public enum DigestAlgorithm: String, Sendable, Codable, CaseIterable {
    case crc32c
    /// CRC-64/XZ, which Huawei OBS calls `crc64ecma`.
    case crc64
    case md5
    case sha1
    case sha256
}

/// The digest of some bytes, in the algorithm that the destination asks for.
public struct ContentDigest: Sendable, Hashable, Codable {
    public let algorithm: DigestAlgorithm
    /// A checksum's value stands here with its big end first.
    public let bytes: [UInt8]

    public init(algorithm: DigestAlgorithm, bytes: [UInt8]) {
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Reads `text`, two hexadecimal digits a byte, in either case; nil if it is malformed.
    public init?(algorithm: DigestAlgorithm, hex text: some StringProtocol) {
        let digits = text.compactMap { $0.isASCII ? $0.hexDigitValue : nil }
        guard digits.count == text.count, digits.count.isMultiple(of: 2) else { return nil }
        self.init(
            algorithm: algorithm, bytes: stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }

    public var base64: String { Data(bytes).base64EncodedString() }

    /// Two lowercase hexadecimal digits a byte.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

extension ContentDigest: CustomStringConvertible {
    /// As `user.upload.checksum` shows it, in the form in which the services write it: `crc32c:4waSgw==`, `sha1:da39…`.
    public var description: String {
        switch algorithm {
        case .crc32c: "\(algorithm.rawValue):\(base64)"
        case .crc64: "\(algorithm.rawValue):\(bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })"
        case .md5, .sha1, .sha256: "\(algorithm.rawValue):\(hex)"
        }
    }
}
