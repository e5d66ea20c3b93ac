import Testing

@testable import UploadTestServer

@Suite struct ContentRangeTests {
    @Test(arguments: [
        (nil, ReceivedRange.remainder), ("bytes */*", .question), ("bytes */7", .total(7)), ("bytes */0", .total(0)),
        ("bytes 0-3/4", .bytes(first: 0, last: 3, total: 4)), ("bytes 0-3/*", .bytes(first: 0, last: 3, total: nil)),
        ("bytes 5-*/*", .bytes(first: 5, last: nil, total: nil)), ("BYTES 5-*/9", .bytes(first: 5, last: nil, total: 9)),
        ("bytes 7-6/7", .total(7)),
    ])
    func forms(_ header: String?, _ range: ReceivedRange) throws {
        #expect(try ReceivedRange(header) == range)
    }

    @Test(arguments: ["", "bytes", "bytes 0-3", "0-3/4", "bytes 0-4/4", "bytes 3-1/4", "bytes -3/4", "bytes */-1", "bytes 0-3/4/5", "bytes a-b/c"])
    func refused(_ header: String) {
        #expect(throws: GoogleError.self) { try ReceivedRange(header) }
    }
}

@Suite struct PartRangeTests {
    private let block = RunningCRC32C.blockSize

    @Test func theLastPartMayHaveAnyLength() throws {
        let part = try PartRange(.bytes(first: block, last: block, total: block + 1), persisted: block, declared: nil, contentLength: 1)
        #expect(part.isFinal && part.total == block + 1)
    }

    @Test func otherPartsHaveAMultipleOf256KiB() throws {
        #expect(throws: GoogleError.self) {
            try PartRange(.bytes(first: 0, last: 9, total: nil), persisted: 0, declared: nil, contentLength: 10)
        }
        let part = try PartRange(.bytes(first: 0, last: block - 1, total: nil), persisted: 0, declared: nil, contentLength: block)
        #expect(!part.isFinal)
    }

    @Test func aPartMayBeginWithinWhatIsThereButNotBehindIt() throws {
        let range = ReceivedRange.bytes(first: block, last: 2 * block - 1, total: nil)
        #expect(try PartRange(range, persisted: 2 * block, declared: nil, contentLength: block).first == block)
        #expect(throws: PartBeyondOffset.self) { try PartRange(range, persisted: 0, declared: nil, contentLength: block) }
    }

    @Test func aDeclaredLengthIsHeldTo() {
        #expect(throws: GoogleError.self) {
            try PartRange(.bytes(first: 0, last: 3, total: 4), persisted: 0, declared: 5, contentLength: 4)
        }
        #expect(throws: GoogleError.self) { try PartRange(.remainder, persisted: 0, declared: 5, contentLength: 4) }
    }
}
