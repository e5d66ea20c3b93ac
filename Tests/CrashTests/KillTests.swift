import Foundation
import MountTestSupport
import Testing

/// SIGKILL, again and again: nothing is lost, and nothing that the server has confirmed is sent twice.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct KillTests {
    private static let chunk: Int64 = 4 << 20

    @Test func anUploadGoesOnWhereItWasAfterEveryKill() throws {
        let size: Int64 = 96 << 20
        let kills = 10
        try TestMount.with(options: ["chunk_size=\(Self.chunk)"]) { mount in
            try mount.service.setFaults(#"[{"kind":"part","times":null,"action":{"bytes_per_second":33554432}}]"#)
            let source = mount.directory + "/source"
            try shell("head -c \(size) /dev/urandom > '\(source)' && cp '\(source)' '\(mount.file("a"))'")
            for count in 1...kills {
                let goal = size * Int64(count) / Int64(kills + 1)
                try eventually("byte \(goal)") { try received(mount) >= goal }
                try mount.killHard()
                try mount.mount()
            }
            try mount.service.clearFaults()
            try mount.waitUntilUploaded("a")
            #expect(try mount.isUploaded("a", as: source))
            let counted = try #require(try mount.service.counters().objects["demo/a"])
            #expect(counted.resent_bytes == 0)
            #expect(counted.body_bytes <= size + Int64(kills) * Self.chunk)
        }
    }

    private func received(_ mount: TestMount) throws -> Int64 {
        try mount.service.counters().objects["demo/a"]?.body_bytes ?? 0
    }

    @Test func aKillBeforeTheUploadStartsLosesNothing() throws {
        try TestMount.with(options: ["settle=30"]) { mount in
            try shell("for i in 1 2 3 4 5 6 7 8; do echo text $i > '\(mount.path)'/$i; done")
            try mount.killHard()
            mount.options = ["settle=0"]
            try mount.mount()
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys() == Set((1...8).map { "\($0)" }))
        }
    }

    @Test func aKillAfterTheCommitSendsNothingAgain() throws {
        try TestMount.with { mount in
            try mount.service.setFaults(#"[{"kind":"multipart","times":1,"action":{"delay_ms":500}}]"#)
            try shell("echo hello > '\(mount.file("a"))'")
            try eventually("the request") { try mount.service.counters().requests_by_kind["multipart"] ?? 0 > 0 }
            try mount.killHard()
            try eventually("the commit or its loss") { try !mount.service.keys().isEmpty || mount.service.counters().requests > 0 }
            try mount.mount()
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys() == ["a"])
            #expect(try mount.isUploaded("a", as: mount.file("a")))
        }
    }

    /// It is not known whether the writer had finished, so it is not uploaded by itself.
    @Test func aFileThatWasBeingWrittenIsHeld() throws {
        try TestMount.with { mount in
            // Not a shell: its redirections close what they have duplicated, and each close counts.
            let script = """
                import os, sys, time
                os.write(os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY), b'half\\n')
                print('written', flush=True)
                time.sleep(600)
                """
            let writer = try RunningProgram(["python3", "-c", script, mount.file("a")])
            try eventually("the writer") { writer.outputSoFar.contains("written") }
            try mount.killHard()
            writer.signal(SIGKILL)
            _ = try writer.finish()
            try mount.mount()
            try eventually("the state") { mount.attribute("state", of: "a") == "held" }
            #expect(try shell("cat '\(mount.file("a"))'") == "half\n")
            #expect(try mount.service.keys().isEmpty)
        }
    }

    @Test func metadataAndLinksSurvive() throws {
        try TestMount.with { mount in
            try shell(
                """
                cd '\(mount.path)' && mkdir d && echo x > d/a && chmod 640 d/a && touch -d '2001-02-03 04:05:06' d/a
                ln -s d/a link && setfattr -n user.note -v mine d/a
                """)
            let list = "cd '\(mount.path)' && find . -printf '%p %y %m %T@ %l\\n' | sort && getfattr -n user.note d/a"
            let before = try shell(list)
            try mount.killHard()
            try mount.mount()
            #expect(try shell(list) == before)
        }
    }
}
