import Foundation
import Testing

@testable import UploadTestServer

@Suite struct EscapedNameTests {
    @Test(arguments: [
        ("a.txt", "a.txt"), ("dir/a b", "dir%2Fa%20b"), (".hidden", "%2Ehidden"), ("..", "%2E."), ("100%", "100%25"), ("ü", "%C3%BC"),
        ("A_-z9", "A_-z9"),
    ])
    func names(_ key: String, _ path: String) {
        #expect(EscapedName.path(for: key) == path)
    }

    @Test func longNamesBecomeDirectories() {
        let path = EscapedName.path(for: String(repeating: "x", count: 500))
        let pieces = path.split(separator: "/")
        #expect(pieces.map(\.count) == [241, 241, 20])
        #expect(pieces.map { $0.hasSuffix("%") } == [true, true, false])
    }
}

@Suite struct RunningCRC32CTests {
    private func update(_ checksum: inout RunningCRC32C, _ bytes: [UInt8]) {
        bytes.withUnsafeBytes { checksum.update($0) }
    }

    @Test func knownValue() {
        var checksum = RunningCRC32C()
        update(&checksum, Array("123456789".utf8))
        #expect(RunningCRC32C.base64(checksum.value) == "4waSgw==")
        #expect(RunningCRC32C.base64(0) == "AAAAAA==")
    }

    @Test func goesBackToTheLastWholeBlock() {
        let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var whole = RunningCRC32C()
        update(&whole, Array(bytes.prefix(524_288)))
        var pieces = RunningCRC32C()
        for start in stride(from: 0, to: bytes.count, by: 9973) { update(&pieces, Array(bytes[start..<min(start + 9973, bytes.count)])) }
        #expect(pieces.length == 700_000)
        pieces.dropUnfinishedBlock()
        #expect((pieces.length, pieces.value) == (524_288, whole.value))
    }

    @Test func goesBackNoFurtherThanWhatWasKept() {
        var checksum = RunningCRC32C()
        update(&checksum, Array(repeating: 1, count: 300_000))
        checksum.keep()
        update(&checksum, Array(repeating: 2, count: 1000))
        checksum.dropUnfinishedBlock()
        #expect(checksum.length == 300_000)
    }
}

@Suite struct NameTests {
    @Test func namesAreSplitAndComparedByTheirBytes() {
        #expect(RequestTarget("/a/\u{301}b?x=\u{301}&\u{301}=y").segments.map { Array($0.utf8) } == ["a", "\u{301}b"].map { Array($0.utf8) })
        #expect(ObjectAddress(rawPath: "/bucket/\u{301}x", hostBucket: nil).name == ObjectName(bucket: "bucket", key: "\u{301}x"))
        #expect(ObjectName(bucket: "b", key: "\u{E9}") != ObjectName(bucket: "b", key: "e\u{301}"))
        let page = ListingPage(keys: ["d/\u{301}x", "d/y"], prefix: "", delimiter: "/", after: nil, limit: 10)
        #expect(page.prefixes == ["d/"] && page.keys.isEmpty)
    }

    @Test func aTextInASearchEndsAtItsQuoteWhateverFollows() throws {
        #expect(try DriveQuery("name = '\u{301}\\'\u{301}' and trashed = false") == .and(.name(.equal, "\u{301}'\u{301}"), .trashed(false)))
    }

    @Test func aPreflightCheckConvertsOnlyTheNameItAsksAbout() {
        #expect(BoxItemName.folded("R\u{C9}") == BoxItemName.folded("r\u{E9}") && BoxItemName.folded("\u{E9}") != BoxItemName.folded("e\u{301}"))
        #expect(NameBytes(BoxItemName.normalized("e\u{301}\u{FB01}")) == NameBytes("\u{E9}fi"))
    }
}

@Suite struct ListingPageTests {
    private let keys = ["a", "b/1", "b/2", "b/c/3", "d"]

    @Test func delimiterTakesKeysTogether() {
        let page = ListingPage(keys: keys, prefix: "", delimiter: "/", after: nil, limit: 1000)
        #expect(page.keys == ["a", "d"])
        #expect(page.prefixes == ["b/"])
        #expect(page.continueAfter == nil)
    }

    @Test(arguments: 1...5)
    func pagesAddUp(_ limit: Int) {
        var found: [String] = []
        var after: String?
        repeat {
            let page = ListingPage(keys: keys, prefix: "", delimiter: "/", after: after, limit: limit)
            #expect(page.keys.count + page.prefixes.count <= limit)
            found += page.keys + page.prefixes
            after = page.continueAfter
        } while after != nil
        #expect(found.sorted() == ["a", "b/", "d"])
    }
}

@Suite struct JSONValueTests {
    @Test func mergePatchRemovesWhatIsNull() {
        let document: JSONValue = ["a": "1", "b": ["c": "2", "d": "3"]]
        #expect(document.merging(["b": ["c": .null], "e": "4"]) == ["a": "1", "b": ["d": "3"], "e": "4"])
    }
}
