import Crypto

/// A digest over the bytes that it is fed in order, in any of the algorithms. A copy continues independently.
public struct RunningDigest: Sendable {
    private enum State: Sendable {
        case crc32c(CRC32C)
        case crc64(CRC64)
        case md5(Insecure.MD5)
        case sha1(Insecure.SHA1)
        case sha256(SHA256)
    }

    public let algorithm: DigestAlgorithm
    private var state: State

    public init(_ algorithm: DigestAlgorithm) {
        self.algorithm = algorithm
        state =
            switch algorithm {
            case .crc32c: .crc32c(CRC32C())
            case .crc64: .crc64(CRC64())
            case .md5: .md5(Insecure.MD5())
            case .sha1: .sha1(Insecure.SHA1())
            case .sha256: .sha256(SHA256())
            }
    }

    /// Goes on from the value of an earlier run.
    public init(resuming crc: CRC32C) {
        algorithm = .crc32c
        state = .crc32c(crc)
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch state {
        case .crc32c(var crc):
            crc.update(bytes)
            state = .crc32c(crc)
        case .crc64(var crc):
            crc.update(bytes)
            state = .crc64(crc)
        case .md5(var hash):
            // The state is taken out while it changes: with one owner, nothing is copied.
            state = .crc32c(CRC32C())
            hash.update(bufferPointer: bytes)
            state = .md5(hash)
        case .sha1(var hash):
            state = .crc32c(CRC32C())
            hash.update(bufferPointer: bytes)
            state = .sha1(hash)
        case .sha256(var hash):
            state = .crc32c(CRC32C())
            hash.update(bufferPointer: bytes)
            state = .sha256(hash)
        }
    }

    /// The digest of what was fed so far.
    public var digest: ContentDigest {
        switch state {
        case .crc32c(let crc): crc.digest
        case .crc64(let crc): crc.digest
        case .md5(let hash): ContentDigest(algorithm: .md5, bytes: Array(hash.finalize()))
        case .sha1(let hash): ContentDigest(algorithm: .sha1, bytes: Array(hash.finalize()))
        case .sha256(let hash): ContentDigest(algorithm: .sha256, bytes: Array(hash.finalize()))
        }
    }

    /// What a checkpoint can keep of it; nil for algorithms whose state cannot be stored.
    public var storable: CRC32C? {
        if case .crc32c(let crc) = state { crc } else { nil }
    }
}
