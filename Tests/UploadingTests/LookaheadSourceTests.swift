import NIOConcurrencyHelpers
import NIOCore
import Testing
import UploadCore
import UploadTesting

@testable import Uploading

/// Counts what it is asked for.
private final class CountingSource: ByteSource {
    let pattern = BytePattern(size: 1000)
    let asked = NIOLockedValueBox<[Range<Int64>]>([])

    var length: Int64? { nil }

    func read(at offset: Int64, length: Int) async throws -> ByteBuffer {
        let end = min(offset + Int64(length), pattern.size)
        asked.withLockedValue { $0.append(offset..<offset + Int64(length)) }
        return offset < end ? pattern.bytes(offset..<end) : ByteBuffer()
    }
}

@Suite struct LookaheadSourceTests {
    @Test func whatWasSeenIsNotAskedForAgain() async throws {
        let source = CountingSource()
        let lookahead = LookaheadSource(source)
        #expect(try await lookahead.lookAhead(at: 0, length: 400) == 400)
        #expect(try await lookahead.read(at: 0, length: 100) == source.pattern.bytes(0..<100))
        #expect(try await lookahead.read(at: 250, length: 150) == source.pattern.bytes(250..<400))
        #expect(source.asked.withLockedValue { $0 } == [0..<400])
    }

    @Test func aPartThatArrivedInHalfIsCompletedFromWhatWasSeen() async throws {
        let source = CountingSource()
        let lookahead = LookaheadSource(source)
        _ = try await lookahead.lookAhead(at: 0, length: 400)
        #expect(try await lookahead.lookAhead(at: 100, length: 400) == 400)
        #expect(try await lookahead.read(at: 100, length: 400) == source.pattern.bytes(100..<500))
        #expect(source.asked.withLockedValue { $0 } == [0..<400, 400..<500])
    }

    @Test func theEndShowsAsFewerBytes() async throws {
        let lookahead = LookaheadSource(CountingSource())
        #expect(try await lookahead.lookAhead(at: 800, length: 400) == 200)
        #expect(try await lookahead.lookAhead(at: 1000, length: 400) == 0)
    }
}
