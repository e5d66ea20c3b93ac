import Testing
import UploadCore

/// The digests of "123456789", as RFC 1321, FIPS 180-4 and the catalogues of checksums have them.
@Suite struct DigestTests {
    @Test(arguments: [
        (DigestAlgorithm.crc32c, "crc32c:4waSgw=="), (.crc64, "crc64:11051210869376104954"), (.md5, "md5:25f9e794323b453885f5181f1b624d0b"),
        (.sha1, "sha1:f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        (.sha256, "sha256:15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
    ])
    func everyAlgorithmInPieces(algorithm: DigestAlgorithm, expected: String) {
        var running = RunningDigest(algorithm)
        for piece in ["1", "2345", "", "6789"] { Array(piece.utf8).withUnsafeBytes { running.update($0) } }
        #expect(running.digest.description == expected)
        var copy = running
        Array("0".utf8).withUnsafeBytes { copy.update($0) }
        #expect(running.digest.description == expected)
    }

    @Test func hexadecimalIsReadInEitherCaseAndNothingElseIs() {
        #expect(ContentDigest(algorithm: .md5, hex: "00fFa0")?.bytes == [0, 255, 160])
        #expect(ContentDigest(algorithm: .md5, hex: "00ffa0")?.hex == "00ffa0")
        for text in ["0", "zz", "0x10", "+1", "0 "] { #expect(ContentDigest(algorithm: .md5, hex: text) == nil) }
    }
}
