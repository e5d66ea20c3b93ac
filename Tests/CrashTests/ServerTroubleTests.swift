import Foundation
import MountTestSupport
import Testing

/// A server that is absent or answers nonsense: the file waits with a sentence, nothing spins, and it goes up in the end.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct ServerTroubleTests {
    @Test func aFileWaitsForAServerThatIsNotThere() throws {
        try TestMount.with { mount in
            let port = mount.service.port
            mount.service.stop()
            try shell("echo hello > '\(mount.file("a"))'")
            // It is tried again and again, so that all three are there only between two tries.
            try eventually("the state, the reason and the time of the next try") {
                mount.attribute("state", of: "a") == "waiting"
                    && mount.attribute("error", of: "a")?.contains("cannot be reached") == true
                    && mount.attribute("next_attempt_at", of: "a")?.isEmpty == false
            }
            let again = try TestService(root: mount.service.root, port: port)
            defer { again.stop() }
            try shell("'\(Programs.uploadfs)' retry '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            #expect(try again.keys() == ["a"])
        }
    }

    @Test(arguments: [
        #"{"garbage":true}"#, #"{"status":503,"retry_after":1}"#, #"{"status":429}"#, #"{"lose_answer":true}"#, #"{"wrong_crc32c":true}"#,
        #"{"reset_after_bytes":1000}"#, #"{"status":401}"#,
    ])
    func aSmallFileArrivesAfterTrouble(action: String) throws {
        try TestMount.with { mount in
            try mount.service.setFaults(#"[{"kind":"multipart","times":1,"action":\#(action)}]"#)
            try shell("head -c 5000 /dev/urandom > '\(mount.file("a"))'")
            try eventually("an attempt") { try mount.service.counters().requests_by_kind["multipart"] ?? 0 > 0 }
            // What has to be repaired by somebody waits long between its tries.
            try eventually("the result") {
                let state = mount.attribute("state", of: "a")
                if state == "waiting" || state == "failed" { try shell("'\(Programs.uploadfs)' retry '\(mount.file("a"))'") }
                return state == "uploaded"
            }
            #expect(try mount.isUploaded("a", as: mount.file("a")))
        }
    }

    @Test(arguments: [
        #"{"garbage":true}"#, #"{"persist_bytes":300000}"#, #"{"lose_answer":true}"#, #"{"lose_session":404}"#, #"{"lose_session":410}"#,
        #"{"no_range":true}"#, #"{"reset_after_bytes":1000000}"#, #"{"status":500}"#,
    ])
    func aLargeFileArrivesAfterTrouble(action: String) throws {
        try TestMount.with(options: ["chunk_size=4M"]) { mount in
            try mount.service.setFaults(#"[{"kind":"part","skip":1,"times":1,"action":\#(action)}]"#)
            try shell("head -c 12000000 /dev/urandom > '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            #expect(try mount.isUploaded("a", as: mount.file("a")))
        }
    }

    @Test func aServerThatClaimsTooMuchIsNotBelieved() throws {
        try TestMount.with(options: ["chunk_size=4M"]) { mount in
            try mount.service.setFaults(#"[{"kind":"part","times":null,"action":{"range_beyond":1048576}}]"#)
            try shell("head -c 12000000 /dev/urandom > '\(mount.file("a"))'")
            try eventually("the failure") { mount.attribute("state", of: "a") == "failed" }
            #expect(try mount.service.keys().isEmpty)
        }
    }

    @Test func troubleCostsNoProcessorTime() throws {
        try TestMount.with { mount in
            try mount.service.setFaults(#"[{"kind":"multipart","times":null,"action":{"status":503,"retry_after":3600}}]"#)
            try shell("for i in $(seq 50); do echo $i > '\(mount.path)'/$i; done")
            try eventually("the wait of all") { (1...50).allSatisfy { mount.attribute("state", of: "\($0)") == "waiting" } }
            let before = try processorTicks(mount)
            sleep(2)
            // On a slow machine as well: nothing is due, so there is nothing to do.
            #expect(try processorTicks(mount) - before < 50, "less than a quarter of one core")
            #expect(try mount.service.counters().requests == 50, "nobody asks before the time that the server named")
        }
    }

    private func processorTicks(_ mount: TestMount) throws -> Int {
        let pid = try #require(mount.pid)
        let fields = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8).split(separator: ")").last?.split(separator: " ")
        // proc_pid_stat(5): utime and stime are the fields 14 and 15; the third is the first here.
        return [11, 12].compactMap { fields?[$0] }.compactMap { Int($0) }.reduce(0, +)
    }
}
