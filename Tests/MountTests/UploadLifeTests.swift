import Foundation
import MountTestSupport
import Testing

/// What becomes of uploads in circumstances that are rare each, and together are what a mount meets in a year.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct UploadLifeTests {
    // MARK: A journal that is not what the checkpoints belong to

    @Test(arguments: [
        "rm -rf journal", "truncate -s 0 journal/*", "for f in journal/*; do head -c $(stat -c %s $f) /dev/zero > $f.new; mv $f.new $f; done",
        "for f in journal/*; do truncate -s $(( $(stat -c %s $f) / 2 )) $f; done", "mv journal/1 journal/9223372036854775807",
    ])
    func whatIsWrittenAfterTheLossOfTheJournalIsUploaded(damage: String) throws {
        try TestMount.with { mount in
            try shell("cd '\(mount.path)' && for n in 1 2 3 4 5 6 7 8 9; do echo $n > before$n; done")
            try mount.waitUntilUploaded()
            try mount.killHard()
            try shell("cd '\(mount.state)' && \(damage)")
            try mount.mount()
            try shell("cd '\(mount.path)' && echo after > after && echo again > before3")
            try shell("'\(Programs.uploadfs)' wait '\(mount.path)'")
            #expect(try mount.isUploaded("after", as: mount.file("after")))
            #expect(try mount.isUploaded("before3", as: mount.file("before3")))
            #expect(mount.attribute("files_uploaded", of: ".") == "10")
        }
    }

    // MARK: Waiting

    @Test func aWaitEndsWhenTheOthersAreDoneAndSaysWhatIsNot() throws {
        try TestMount.with { mount in
            try mount.service.setFaults(
                #"[{"kind":"multipart","key":"bad","times":null,"action":{"status":400}},{"kind":"multipart","key":"d/slow","action":{"delay_ms":1500}}]"#
            )
            try shell("cd '\(mount.path)' && mkdir d && echo 1 > bad && echo 2 > d/x.part")
            try eventually("the failure") { mount.attribute("state", of: "bad") == "failed" }
            try shell("echo 3 > '\(mount.file("d/slow"))'")
            let waited = try run([Programs.uploadfs, "wait", mount.path])
            #expect(waited.status == 1)
            #expect(mount.attribute("state", of: "d/slow") == "uploaded", "what will be uploaded is waited for")
            #expect(waited.errors.contains("bad (and 1 more)"), "\(waited.errors)")
            let below = try run([Programs.uploadfs, "wait", mount.file("d")])
            #expect(below.status == 1 && below.errors.contains("d/x.part: the file has a temporary name"), "\(below.errors)")
            #expect(mount.attribute("files_stopped", of: ".") == "1")
        }
    }

    @Test func aDrainWaitsForWhatIsBeingUploadedBesideAHeldFile() throws {
        try TestMount.with { mount in
            try mount.service.setFaults(#"[{"kind":"multipart","key":"slow","action":{"delay_ms":1500}}]"#)
            try shell("cd '\(mount.path)' && echo 1 > held.part && echo 2 > slow")
            _ = try run([Programs.uploadfs, "unmount", "--drain", mount.path])
            #expect(try mount.service.keys() == ["slow"])
        }
    }

    @Test func aDirectoryWithThousandsOfFilesIsWatchedToItsEnd() throws {
        try TestMount.with { mount in
            try mount.service.setFaults(#"[{"kind":"multipart","key":"z/last","action":{"delay_ms":3000}}]"#)
            try shell("cd '\(mount.path)' && mkdir a z && (cd a && for n in $(seq 1500); do echo > $n.part; done) && echo > z/last")
            let watched = try run([Programs.uploadfs, "status", "--watch", mount.file("z")])
            #expect(watched.status == 0)
            #expect(mount.attribute("state", of: "z/last") == "uploaded")
        }
    }

    // MARK: Names

    @Test func namesThatLookLikeRsyncsAreUploaded() throws {
        try TestMount.with { mount in
            try shell("cd '\(mount.path)' && for n in .env.sample .home.tar.gz .db.sqlite .logo.swf .env; do echo $n > $n; done")
            try mount.waitUntilUploaded()
            try shell("mv '\(mount.file(".env"))' '\(mount.file(".env.backup"))'")
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys().sorted() == [".db.sqlite", ".env.backup", ".env.sample", ".home.tar.gz", ".logo.swf"])
        }
    }

    @Test func aNameOfAnyBytesAtTheRootIsCounted() throws {
        try TestMount.with { mount in
            try shell("cd '\(mount.path)' && echo 1 > \"$(printf '\\377\\377x')\" && echo 2 > a")
            try eventually("both are counted") { mount.attribute("files_total", of: ".") == "2" }
            try eventually("the failure") { mount.attribute("files_failed", of: ".") == "1" }
            let waited = try run([Programs.uploadfs, "wait", mount.path])
            #expect(waited.status == 1, "a name that is no UTF-8 cannot be an object's")
        }
    }

    // MARK: Replacing by way of removal

    @Test(arguments: [TestedService.googleDrive, .box])
    func aFileThatIsRemovedAndWrittenAnewKeepsItsIdentity(_ service: TestedService) throws {
        try service.withMount { mount in
            try shell("echo one > '\(mount.file("a"))'")
            try mount.waitUntilUploaded()
            let id = try #require(mount.attribute("remote_id", of: "a"))
            try shell("cd '\(mount.path)' && rm a && echo two > a")
            try mount.waitUntilUploaded()
            #expect(mount.attribute("remote_id", of: "a") == id)
            #expect(try mount.service.counters().requests_by_kind["delete"] == nil, "the object was there all the time")
            try shell("rm '\(mount.file("a"))'")
            try mount.waitUntilUploaded()
            #expect(try mount.service.counters().requests_by_kind["delete"] == 1)
        }
    }

    @Test func aRemovalThatIsRefusedIsShownAndHoldsUpNoNewFile() throws {
        try TestMount.with { mount in
            try mount.service.setFaults(#"[{"kind":"delete","times":null,"action":{"status":403}}]"#)
            try shell("cd '\(mount.path)' && echo one > a && echo one > b")
            try mount.waitUntilUploaded()
            try shell("rm '\(mount.file("a"))' '\(mount.file("b"))'")
            try eventually("the refusal") { mount.attribute("error", of: ".")?.contains("cannot be removed") == true }
            let waited = try run([Programs.uploadfs, "wait", mount.path])
            #expect(waited.status == 1 && waited.errors.contains("cannot be removed"), "\(waited.errors)")
            try shell("echo two > '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            #expect(try mount.isUploaded("a", as: mount.file("a")))
        }
    }

    // MARK: Moves

    @Test func aRenamedUploadedFileStaysAtAHundredPercent() throws {
        try TestMount.with { mount in
            try shell("echo one > '\(mount.file("a"))'")
            try mount.waitUntilUploaded()
            try mount.service.setFaults(#"[{"kind":"rewrite","times":null,"action":{"status":503,"retry_after":3600}}]"#)
            try shell("mv '\(mount.file("a"))' '\(mount.file("b"))'")
            try eventually("the move is tried") { mount.attribute("state", of: "b") == "waiting" }
            #expect(mount.attribute("percent", of: "b") == "100")
            #expect(mount.attribute("bytes_confirmed", of: "b") == "4")
            #expect(mount.attribute("files_uploaded", of: ".") == "0", "the object has not followed yet")
        }
    }

    // MARK: Parts

    @Test func aPartThatConfirmsNothingIsNotRepeatedWithoutAPause() throws {
        try TestMount.with(options: ["chunk_size=256K"]) { mount in
            try mount.service.setFaults(#"[{"kind":"part","skip":1,"times":null,"action":{"persist_bytes":0}}]"#)
            try shell("head -c 9000000 /dev/urandom > '\(mount.file("a"))'")
            try eventually("the failure") { (Int(mount.attribute("attempts", of: "a") ?? "") ?? 0) >= 3 }
            let sent = try mount.service.counters().body_bytes
            #expect(sent < 4 << 20, "\(sent) bytes were sent")
            try eventually("the reason") { mount.attribute("error", of: "a")?.contains("confirmed none of its bytes") == true }
            try mount.service.clearFaults()
            try mount.waitUntilUploaded("a")
        }
    }
}
