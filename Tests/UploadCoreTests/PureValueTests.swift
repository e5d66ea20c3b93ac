import CChecksums
import Testing
import UploadCore

@Suite struct BackoffTests {
    /// The table in the type's documentation.
    @Test(arguments: [(1, 1), (2, 2), (3, 4), (4, 8), (7, 64), (8, 64), (1000, 64)])
    func transientWaitsAreAtMost(_ failures: Int, _ seconds: Int) {
        #expect(Backoff.transient.delay(failures: failures, random: 1) == .seconds(seconds))
        #expect(Backoff.transient.delay(failures: failures, random: 0) == .zero)
    }

    @Test(arguments: [(1, 30), (2, 60), (3, 120), (9, 300)])
    func waitsForARepairAreAtMost(_ failures: Int, _ seconds: Int) {
        #expect(Backoff.needsRepair.delay(failures: failures, random: 1) == .seconds(seconds))
    }

    @Test func retryAfterProlongsAWaitAndShortensNone() {
        #expect(Backoff.transient.delay(failures: 9, retryAfter: .seconds(3), random: 0) == .seconds(3))
        #expect(Backoff.transient.delay(failures: 9, retryAfter: .seconds(3), random: 1) == .seconds(64))
        #expect(Backoff.transient.delay(failures: 3, retryAfter: .zero, random: 0.5) == .seconds(2))
        #expect(Backoff.transient.delay(failures: 1, retryAfter: .seconds(600), random: 0) == .seconds(600))
        #expect(Backoff.transient.delay(failures: 1, retryAfter: .seconds(1 << 40), random: 0) == .seconds(3600))
    }

    @Test(arguments: UploadError.Code.allCases)
    func everyCodeHasAPolicyExactlyWhenItIsTriedAgain(_ code: UploadError.Code) {
        let isTriedAgain = ![.permanent, .stopped].contains(code.disposition)
        #expect((Backoff.policy(for: code) != nil) == isTriedAgain)
        #expect(code.errno > 0)
    }
}

@Suite struct PartPlanTests {
    @Test(arguments: [Int64(0), 1, 262_143, 262_144, 262_145, 524_288, 1_000_000])
    func thePartsAddUpToTheObject(_ size: Int64) {
        let plan = PartPlan(size: size, partLength: 262_144)
        var confirmed: Int64 = 0
        while let part = plan.part(after: confirmed) {
            #expect(part.offset == confirmed)
            #expect(part.isLast == (part.end == size))
            #expect(part.isLast || part.length % 262_144 == 0)
            confirmed = part.end
        }
        #expect(confirmed == size)
    }

    @Test func anOddConfirmationKeepsPartsFullLength() {
        #expect(PartPlan(size: 1 << 30, partLength: 1 << 20).part(after: 77) == Part(offset: 77, length: 1 << 20, isLast: false))
    }
}

@Suite struct ChecksumTests {
    /// The check value of RFC 3720, appendix B.4, and Cloud Storage's documented forms.
    @Test func knownValues() {
        var crc = CRC32C()
        Array("123456789".utf8).withUnsafeBytes { crc.update($0) }
        #expect(crc.value == 0xE306_9283)
        #expect(crc.digest.description == "crc32c:4waSgw==")
        #expect(CRC32C().digest.base64 == "AAAAAA==")
    }

    @Test(arguments: [0, 1, 7, 8, 9, 63, 1000, 4097, 24_576, 60_001, 200_000])
    func instructionAndTableAgreeAtEverySplit(_ length: Int) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
        let split = length / 3
        let whole = bytes.withUnsafeBytes { crc32c_update_portable(0, $0.baseAddress, length) }
        let parts = bytes.withUnsafeBytes { all in
            crc32c_update(crc32c_update(0, all.baseAddress, split), all.baseAddress.map { $0 + split }, length - split)
        }
        #expect(whole == parts)
    }
}

@Suite struct PathTests {
    @Test func aPathKnowsItsPlace() {
        let path = SpoolPath("a/b/c.txt")
        #expect(path.parent == SpoolPath("a/b"))
        #expect(path.name == Array("c.txt".utf8))
        #expect(SpoolPath("a").parent.isRoot)
        #expect(SpoolPath("a/b").contains(path))
        #expect(!SpoolPath("a/b/c").contains(path))
        #expect(path.moved(from: SpoolPath("a"), to: SpoolPath("x/y")) == SpoolPath("x/y/b/c.txt"))
        #expect(path.moved(from: SpoolPath("b"), to: SpoolPath("x")) == nil)
        #expect(SpoolPath(bytes: [0xFF]).text == nil)
    }

    @Test(arguments: [
        ("photo.JPG", "image/jpeg"), ("a.tar.gz", "application/gzip"), ("noextension", "application/octet-stream"),
        (".bashrc", "application/octet-stream"), ("x.", "application/octet-stream"),
    ])
    func theExtensionNamesTheType(_ name: String, _ type: String) {
        #expect(ContentType.of(name: Array(name.utf8)) == type)
    }

    @Test func holdPatternsAreThoseOfTheShell() {
        #expect(NamePattern(".*.??????").matches(Array(".big.mov.a1B2c3".utf8)))
        #expect(!NamePattern(".*.??????").matches(Array("big.mov".utf8)))
        #expect(NamePattern("*.part").matches(Array("x.part".utf8)))
    }

    @Test(arguments: [("8M", 8 << 20), ("256k", 256 << 10), ("1", 1), ("2T", 2 << 40)] as [(String, Int64)])
    func sizes(_ text: String, _ bytes: Int64) {
        #expect(ByteSize.parse(text) == bytes)
    }

    @Test(arguments: ["", "M", "-1", "1.5M", "9999999999999T", "8MB", "8ß", "ﬁ", "8M\u{301}", "8\u{301}M", "٨M", "K\0"])
    func notSizes(_ text: String) {
        #expect(ByteSize.parse(text) == nil)
    }
}

@Suite struct StatusTests {
    @Test func onlyAVerifiedUploadIsAHundredPercent() {
        var status = UploadStatus(state: .uploading, bytesTotal: 1000, bytesConfirmed: 1000, destination: "")
        #expect(status.percent == 99)
        status.state = .uploaded
        #expect(status.percent == 100)
        #expect(UploadStatus(state: .queued, bytesTotal: 0, destination: "").percent == 0)
    }

    @Test func theWorstStateComesFirst() {
        #expect(Set(UploadState.worstFirst) == Set(UploadState.allCases))
    }
}
