import Foundation
import MountTestSupport
import Testing

/// SIGKILL at each step of an upload, one after the other: the server holds up, or swallows the answer to, the request at which
/// the process is killed. Afterwards everything is there, once, and nothing that the server had is sent again.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct KillPointTests {
    private static let parts = 9
    private static let chunk = 1 << 20

    struct Point: CustomTestStringConvertible, Sendable {
        let kind: String
        /// Which of the requests of that kind.
        let count: Int
        let action: String

        var testDescription: String { "\(kind) \(count) \(action)" }
        var fault: String { #"[{"kind":"\#(kind)","skip":\#(count - 1),"times":1,"action":{\#(action)}}]"# }
    }

    private static let whileItIsRead = #""stall_after_bytes":500000"#
    private static let beforeItCounts = #""delay_ms":300"#
    private static let beforeItsAnswer = #""lose_answer":true"#

    static let points: [Point] =
        [1, 2, 5, parts].flatMap { count in
            [whileItIsRead, beforeItCounts, beforeItsAnswer].map { Point(kind: "part", count: count, action: $0) }
        }
        + ["begin", "multipart", "get"].flatMap { kind in
            [beforeItCounts, beforeItsAnswer].map { Point(kind: kind, count: 1, action: $0) }
        }

    @Test(arguments: points)
    func aKillAtAnyStepOfAnUploadLosesNothing(_ point: Point) throws {
        try TestMount.with(options: ["chunk_size=\(Self.chunk)"]) { mount in
            let source = mount.directory + "/source"
            try mount.service.setFaults(point.fault)
            try shell("head -c \(Self.parts * Self.chunk) /dev/urandom > '\(source)' && cp '\(source)' '\(mount.file("large"))'")
            try shell("echo small > '\(mount.file("small"))'")
            try killAt(point, mount)
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys() == ["large", "small"])
            #expect(try mount.isUploaded("large", as: source))
            #expect(try mount.isUploaded("small", as: mount.file("small")))
            let counted = try mount.service.counters()
            #expect(counted.objects.values.allSatisfy { $0.resent_bytes == 0 })
            // Before the first part the session may be on its way to being opened. One whose opening had no answer can not be known;
            // the service lets it expire.
            #expect(counted.open_sessions <= (point.kind == "part" ? 0 : 1))
        }
    }

    static let openingPoints = [beforeItCounts, beforeItsAnswer].map { Point(kind: "begin", count: 1, action: $0) }

    /// Uploads in parts do not expire; the service lists them.
    @Test(arguments: openingPoints)
    func aKillWhileAnUploadInPartsIsOpenedLeavesNoSession(_ point: Point) throws {
        try TestMount.with(options: ["chunk_size=5M", "parallel_parts=2"]) { mount in
            let source = mount.directory + "/source"
            try mount.service.setFaults(point.fault)
            try shell("head -c 11M /dev/urandom > '\(source)' && cp '\(source)' '\(mount.file("large"))'")
            try killAt(point, mount)
            try mount.waitUntilUploaded()
            #expect(try mount.isUploaded("large", as: source))
            try eventually("no session") { try mount.service.counters().open_sessions == 0 }
        }
    }

    static let movePoints = ["rewrite", "delete"].flatMap { kind in
        [beforeItCounts, beforeItsAnswer].map { Point(kind: kind, count: 1, action: $0) }
    }

    @Test(arguments: movePoints)
    func aKillAtAnyStepOfAMoveLeavesOneObject(_ point: Point) throws {
        try TestMount.with { mount in
            try shell("echo moved > '\(mount.file("a"))'")
            try mount.waitUntilUploaded()
            try mount.service.setFaults(point.fault)
            try shell("mv '\(mount.file("a"))' '\(mount.file("b"))'")
            try killAt(point, mount)
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys() == ["b"])
            #expect(try mount.isUploaded("b", as: mount.file("b")))
        }
    }

    private func killAt(_ point: Point, _ mount: TestMount) throws {
        try eventually("the request") { try mount.service.counters().requests_by_kind[point.kind] ?? 0 >= point.count }
        try mount.killHard()
        try mount.service.waitUntilQuiet()
        try mount.service.clearFaults()
        try mount.mount()
    }

    /// A program writes and is not through with it when the mount's process is killed. Each of these is its owner's word.
    @Test(arguments: ["'\(Programs.uploadfs)' retry file", "printf more >> file", "cp file copy && mv copy file"])
    func aFragmentGoesUpWhenItsOwnerSaysSo(word: String) throws {
        try TestMount.with { mount in
            let script = """
                import os, sys, time
                file = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)
                for _ in range(100): os.write(file, b'part of it ')
                print('written', flush=True)
                time.sleep(600)
                """
            let writer = try RunningProgram(["python3", "-c", script, mount.file("file")])
            try eventually("the writer") { writer.outputSoFar.contains("written") }
            try mount.killHard()
            writer.signal(SIGKILL)
            _ = try writer.finish()
            try mount.mount()
            try eventually("the state") { mount.attribute("state", of: "file") == "held" }
            #expect(try mount.service.keys().isEmpty)
            try shell("cd '\(mount.path)' && \(word)")
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys() == ["file"])
            #expect(try mount.isUploaded("file", as: mount.file("file")))
        }
    }
}
