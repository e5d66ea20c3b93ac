import Foundation
import MountTestSupport
import Testing

/// What attributes and commands say of uploads, and what they do to them.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct StatusTests {
    /// The server names a time, so that a file stays in the state that a test looks at.
    private static let busy = #"[{"kind":"multipart","times":null,"action":{"status":503,"retry_after":3600}}]"#
    private static let refuses = #"[{"kind":"multipart","times":null,"action":{"status":400}}]"#

    @Test func anUploadedFileShowsWhatTheServerReturned() throws {
        try TestMount.with { mount in
            try shell("printf 123456789 > '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            #expect(mount.attribute("state", of: "a") == "uploaded")
            #expect(mount.attribute("bytes_total", of: "a") == "9")
            #expect(mount.attribute("bytes_confirmed", of: "a") == "9")
            #expect(mount.attribute("checksum", of: "a") == "crc32c:4waSgw==")
            #expect(mount.attribute("destination", of: "a") == "gs://demo/a")
            for name in ["etag", "remote_id", "uploaded_at"] { #expect(mount.attribute(name, of: "a")?.isEmpty == false, "\(name)") }
        }
    }

    @Test func getfattrListsTheStatus() throws {
        try TestMount.with { mount in
            try shell("echo hello > '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            let listed = try shell("getfattr --absolute-names -d -m user.upload '\(mount.file("a"))'")
            for name in ["state=\"uploaded\"", "percent=\"100\"", "json="] { #expect(listed.contains("user.upload." + name)) }
        }
    }

    @Test func aDirectorySumsUpWhatIsBelowIt() throws {
        try TestMount.with { mount in
            try shell("cd '\(mount.path)' && mkdir d && echo 1 > d/a && echo 22 > d/b && echo 3 > c")
            try mount.waitUntilUploaded()
            #expect(mount.attribute("files_total", of: "d") == "2")
            #expect(mount.attribute("files_uploaded", of: "d") == "2")
            #expect(mount.attribute("bytes_total", of: "d") == "5")
            #expect(mount.attribute("files_total", of: ".") == "3")
            #expect(mount.attribute("percent", of: ".") == "100")
        }
    }

    @Test func statusPrintsATableAndJSON() throws {
        try TestMount.with { mount in
            try mount.service.setFaults(Self.busy)
            try shell("mkdir '\(mount.file("d"))' && echo hello > '\(mount.file("d/a"))'")
            try eventually("the state") { mount.attribute("state", of: "d/a") == "waiting" }
            let table = try shell("'\(Programs.uploadfs)' status '\(mount.path)'")
            #expect(table.contains("STATE"))
            #expect(table.contains("waiting"))
            #expect(table.contains("d/a"))
            #expect(table.contains("0 of 1 file uploaded"))
            let json = try shell("'\(Programs.uploadfs)' status --json '\(mount.file("d"))' '\(mount.file("d/a"))'")
            let reports = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])
            #expect(reports.map { $0["state"] as? String } == ["waiting", "waiting"])
            #expect(reports[0]["files_pending"] as? Int == 1)
            #expect((reports[0]["unfinished"] as? [[String: Any]])?.first?["path"] as? String == "a")
        }
    }

    @Test func statusWithoutAPathShowsAllMounts() throws {
        try TestMount.with { mount in
            let table = try shell("'\(Programs.uploadfs)' status")
            #expect(table.contains(mount.path))
        }
    }

    @Test func watchEndsWhenAllIsUploadedOrFailed() throws {
        try TestMount.with { mount in
            try mount.service.setFaults(#"[{"kind":"part","times":null,"action":{"bytes_per_second":16777216}}]"#)
            try shell("head -c 24M /dev/urandom > '\(mount.file("a"))'")
            let outcome = try run([Programs.uploadfs, "status", "--watch", mount.path])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("total \(mount.path): uploaded, 100%"))
            #expect(!outcome.output.contains("\u{1B}"), "no terminal, no escapes")
            try mount.service.setFaults(Self.refuses)
            try shell("echo hello > '\(mount.file("b"))'")
            #expect(try run([Programs.uploadfs, "status", "--watch", mount.path]).status == 1)
        }
    }

    @Test func waitTellsUploadedFailedAndTooLongApart() throws {
        try TestMount.with { mount in
            try shell("echo hello > '\(mount.file("a"))'")
            #expect(try run([Programs.uploadfs, "wait", mount.file("a")]).status == 0)
            try mount.service.setFaults(Self.busy)
            try shell("echo hello > '\(mount.file("b"))'")
            #expect(try run([Programs.uploadfs, "wait", "--timeout", "0.3", mount.path]).status == 2)
            try mount.service.setFaults(Self.refuses)
            try shell("echo hello > '\(mount.file("c"))'")
            let outcome = try run([Programs.uploadfs, "wait", mount.file("c")])
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("is not uploaded"))
        }
    }

    @Test func pauseResumeRetryAndCancel() throws {
        try TestMount.with { mount in
            try mount.service.setFaults(Self.refuses)
            try shell("echo hello > '\(mount.file("a"))'")
            try eventually("the failure") { mount.attribute("state", of: "a") == "failed" }
            try mount.service.clearFaults()
            try control(mount, "retry", "a")
            try mount.waitUntilUploaded("a")

            try mount.service.setFaults(Self.busy)
            try shell("echo hello > '\(mount.file("b"))'")
            try eventually("the wait") { mount.attribute("state", of: "b") == "waiting" }
            try control(mount, "pause", "b")
            #expect(mount.attribute("state", of: "b") == "paused")
            try mount.service.clearFaults()
            try control(mount, "resume", "b")
            try mount.waitUntilUploaded("b")

            try mount.service.setFaults(Self.busy)
            try shell("echo hello > '\(mount.file("c"))'")
            try control(mount, "cancel", "c")
            try mount.service.clearFaults()
            #expect(try run([Programs.uploadfs, "wait", "--timeout", "120", mount.file("c")]).status == 1)
            #expect(try mount.service.keys() == ["a", "b"])
            #expect(try shell("cat '\(mount.file("c"))'") == "hello\n", "the local file stays")
        }
    }

    private func control(_ mount: TestMount, _ command: String, _ file: String) throws {
        try shell("'\(Programs.uploadfs)' \(command) '\(mount.file(file))'")
    }

    @Test func pathsThatAreNotOnAMountAreRefused() throws {
        for command in ["status", "wait", "pause", "resume", "retry", "cancel"] {
            let outcome = try run([Programs.uploadfs, command, "/tmp"])
            #expect(outcome.status == 66)
            #expect(outcome.errors == "uploadfs: /tmp is not on an uploadfs mount\n")
        }
    }

    @Test func theCommandsSayWhenTheProcessIsGone() throws {
        try TestMount.with { mount in
            try mount.killHard()
            let outcome = try run([Programs.uploadfs, "status", mount.path])
            #expect(outcome.status == 69)
            #expect(outcome.errors.contains("has ended; mount it again"))
        }
    }
}
