import Foundation
import MountTestSupport
import Testing

/// Files of every size arrive as they are, and the modes that wait for the upload return its result.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct UploadTests {
    @Test(arguments: [0, 1, 262_143, 262_144, 262_145, 8 << 20, (8 << 20) + 1, 24 << 20])
    func aFileOfAnySizeArrivesIntact(size: Int) throws {
        try TestMount.with { mount in
            let source = mount.directory + "/source"
            try shell("head -c \(size) /dev/urandom > '\(source)' && cp '\(source)' '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            let counted = try #require(try mount.service.counters().objects["demo/a"])
            #expect(try mount.isUploaded("a", as: source))
            #expect(mount.attribute("percent", of: "a") == "100")
            #expect(counted.body_bytes == Int64(size))
            #expect(counted.resent_bytes == 0)
            if size <= 8 << 20 { #expect(counted.requests == 1, "a small file takes one request") }
        }
    }

    @Test func aMultipleOfTheChunkSizeGoesUpInThatManyParts() throws {
        try TestMount.with(options: ["chunk_size=4M"]) { mount in
            let source = mount.directory + "/source"
            try shell("head -c 16M /dev/urandom > '\(source)' && cp '\(source)' '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            #expect(try mount.isUploaded("a", as: source))
            #expect(try mount.service.counters().objects["demo/a"]?.requests_by_kind["part"] == 4)
        }
    }

    @Test(.enabled(if: Machine.runsLongTests, "set UPLOADFS_LONG_TESTS to run it"))
    func aSparseFileOfFiveGibibytesArrivesIntact() throws {
        try TestMount.with { mount in
            let source = mount.directory + "/source"
            try shell("truncate -s 5G '\(source)' && printf end | dd of='\(source)' bs=1 seek=5000000000 conv=notrunc status=none")
            try shell("cp --sparse=always '\(source)' '\(mount.file("a"))'", within: 300)
            try mount.waitUntilUploaded("a", within: 600)
            #expect(try mount.service.checksum(of: "a", within: 300) == shell("sha256sum < '\(source)' | cut -d' ' -f1", within: 300))
        }
    }

    @Test func contentTypesComeFromTheNameOrTheAttribute() throws {
        try TestMount.with { mount in
            try shell("cd '\(mount.path)' && echo 1 > a.png && echo 2 > b.dat && setfattr -n user.mime_type -v text/x-special b.dat")
            try mount.waitUntilUploaded()
            let listing = try shell("curl -sSf '\(mount.service.url)/storage/v1/b/demo/o'")
            #expect(listing.replacing("\\/", with: "/").contains("image/png"))
            #expect(listing.replacing("\\/", with: "/").contains("text/x-special"))
        }
    }

    @Test func closeWaitsForTheUpload() throws {
        try TestMount.with(options: ["close=upload"]) { mount in
            try shell("echo hello > '\(mount.file("a"))'")
            #expect(try mount.service.keys() == ["a"])
        }
    }

    @Test func closeReturnsTheErrorOfTheUpload() throws {
        try TestMount.with(options: ["close=upload"]) { mount in
            try mount.service.setFaults(#"[{"kind":"multipart","times":null,"action":{"status":400}}]"#)
            let outcome = try run(["dd", "if=/dev/zero", "of=\(mount.file("a"))", "bs=1k", "count=1", "status=none"])
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("Input/output error"), "\(outcome.errors)")
            #expect(mount.attribute("state", of: "a") == "failed")
            #expect(mount.attribute("error", of: "a")?.isEmpty == false)
        }
    }

    @Test func fsyncWaitsForTheUploadAndReturnsItsError() throws {
        try TestMount.with(options: ["fsync=upload"]) { mount in
            try shell("dd if=/dev/zero of='\(mount.file("a"))' bs=1k count=1 conv=fsync status=none")
            #expect(try mount.service.keys() == ["a"])
            try mount.service.setFaults(#"[{"kind":"multipart","times":null,"action":{"status":400}}]"#)
            let outcome = try run(["dd", "if=/dev/zero", "of=\(mount.file("b"))", "bs=1k", "count=1", "conv=fsync", "status=none"])
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("Input/output error"), "\(outcome.errors)")
        }
    }

    @Test func aBucketThatDoesNotExistIsReported() throws {
        try TestMount.with(mounted: false) { mount in
            mount.destination = "gs://no-such-bucket"
            try mount.mount()
            try shell("echo hello > '\(mount.file("a"))'")
            try eventually("the failure") { mount.attribute("state", of: "a") == "failed" }
            #expect(mount.attribute("error", of: "a")?.contains("no-such-bucket") == true)
            #expect(try shell("cat '\(mount.file("a"))'") == "hello\n")
        }
    }

    @Test func thePrefixIsPartOfEveryName() throws {
        try TestMount.with(mounted: false) { mount in
            mount.destination = "gs://demo/films/new"
            try mount.mount()
            try shell("mkdir '\(mount.file("d"))' && echo hello > '\(mount.file("d/a"))'")
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys() == ["films/new/d/a"])
            #expect(mount.attribute("destination", of: "d/a") == "gs://demo/films/new/d/a")
        }
    }

    @Test func aFileThatIsRewrittenArrivesAsItStandsInTheEnd() throws {
        try TestMount.with { mount in
            try shell("echo one > '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            try shell("echo two > '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            #expect(try mount.isUploaded("a", as: mount.file("a")))
        }
    }
}
