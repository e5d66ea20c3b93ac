import NIOCore
import UploadCore

/// Content that can be made at any offset without keeping it, in which no two neighbouring pages are alike: a piece that is
/// lost, doubled or moved shows.
public struct BytePattern: Sendable {
    public let size: Int64
    public let seed: UInt64

    public init(size: Int64, seed: UInt64 = 1) {
        self.size = size
        self.seed = seed
    }

    public func bytes(_ range: Range<Int64>) -> ByteBuffer {
        ByteBuffer(bytes: array(range))
    }

    public var all: [UInt8] { array(0..<size) }

    /// Made word by word: unoptimised test code that makes megabytes byte by byte takes seconds.
    private func array(_ range: Range<Int64>) -> [UInt8] {
        guard !range.isEmpty else { return [] }
        let firstWord = range.lowerBound / 8
        let words = (firstWord...(range.upperBound - 1) / 8).map(word)
        return words.withUnsafeBytes { bytes in
            let start = Int(range.lowerBound - firstWord * 8)
            return Array(bytes[start..<start + range.count])
        }
    }

    private func word(_ index: Int64) -> UInt64 {
        let word = (UInt64(bitPattern: index) &+ seed) &* 0x9E37_79B9_7F4A_7C15
        return (word ^ (word >> 29)).littleEndian
    }

    /// The CRC-32C of it all.
    public var digest: ContentDigest { digest(.crc32c) }

    public func digest(_ algorithm: DigestAlgorithm) -> ContentDigest { digest(algorithm, of: 0..<size) }

    public func digest(_ algorithm: DigestAlgorithm, of range: Range<Int64>) -> ContentDigest {
        var running = RunningDigest(algorithm)
        array(range).withUnsafeBytes { running.update($0) }
        return running.digest
    }

    /// A request's body of the bytes in `range`.
    public func body(_ range: Range<Int64>, pieceLength: Int64 = 64 << 10) -> PartBody {
        let offsets = Cursor(range.lowerBound)
        return PartBody(length: range.upperBound - range.lowerBound) {
            let start = offsets.advance(by: pieceLength, limit: range.upperBound)
            return start.isEmpty ? nil : bytes(start)
        }
    }

    public var body: PartBody { body(0..<size) }

    /// A body that throws `error` where it would give the byte at `offset`.
    public func body(_ range: Range<Int64>, failingAt offset: Int64, with error: any Error) -> PartBody {
        let good = body(range.lowerBound..<offset)
        return PartBody(length: range.upperBound - range.lowerBound) {
            var pieces = good.makeAsyncIterator()
            if let piece = try await pieces.next() { return piece }
            throw error
        }
    }
}
