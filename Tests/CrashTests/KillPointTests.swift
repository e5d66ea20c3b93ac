import Foundation
import MountTestSupport
import Testing

/// The mount's process is ended at each step of an upload: the server delays the request at which that happens, or loses its
/// response. Afterwards everything is there, once, and nothing that the server had is sent again.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct KillPointTests {
    private static let parts = 9
    private static let chunk = 1 << 20

    /// How long it may take to drop a session that is not needed, in seconds.
    private static let cleanUpSeconds = 30.0

    /// How the process ends: by a crash, or by an orderly stop. Neither may cost more than the other.
    enum End: Int32, CaseIterable, Sendable, CustomTestStringConvertible {
        case crash = 9
        case stop = 15

        var testDescription: String { self == .crash ? "SIGKILL" : "SIGTERM" }
    }

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
    private static let beforeItsResponse = #""lose_answer":true"#

    static let points: [Point] =
        [1, 2, 5, parts].flatMap { count in
            [whileItIsRead, beforeItCounts, beforeItsResponse].map { Point(kind: "part", count: count, action: $0) }
        }
        + ["begin", "multipart", "get"].flatMap { kind in
            [beforeItCounts, beforeItsResponse].map { Point(kind: kind, count: 1, action: $0) }
        }

    @Test(arguments: points, End.allCases)
    func aKillAtAnyStepOfAnUploadLosesNothing(_ point: Point, _ end: End) throws {
        try TestMount.with(options: ["chunk_size=\(Self.chunk)"]) { mount in
            let source = mount.directory + "/source"
            try mount.service.setFaults(point.fault)
            try shell("head -c \(Self.parts * Self.chunk) /dev/urandom > '\(source)' && cp '\(source)' '\(mount.file("large"))'")
            try shell("echo small > '\(mount.file("small"))'")
            try endAt(point, end, mount)
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys() == ["large", "small"])
            #expect(try mount.isUploaded("large", as: source))
            #expect(try mount.isUploaded("small", as: mount.file("small")))
            let counted = try mount.service.counters()
            #expect(counted.objects.values.allSatisfy { $0.resent_bytes == 0 })
            let sent = counted.objects["demo/large"]?.body_bytes ?? 0
            #expect(sent <= Int64((Self.parts + 1) * Self.chunk), "no more than one part is sent again")
            // Before the first part the session may be on its way to being opened. One whose opening had no response cannot be known;
            // the service lets it expire.
            #expect(counted.open_sessions <= (point.kind == "part" ? 0 : 1))
        }
    }

    static let openingPoints = [beforeItCounts, beforeItsResponse].map { Point(kind: "begin", count: 1, action: $0) }

    /// Uploads in parts do not expire; the service lists them.
    @Test(arguments: openingPoints, End.allCases)
    func aKillWhileAnUploadInPartsIsOpenedLeavesNoSession(_ point: Point, _ end: End) throws {
        try TestMount.with(options: ["chunk_size=5M", "parallel_parts=2"]) { mount in
            let source = mount.directory + "/source"
            try mount.service.setFaults(point.fault)
            try shell("head -c 11M /dev/urandom > '\(source)' && cp '\(source)' '\(mount.file("large"))'")
            try endAt(point, end, mount)
            try mount.waitUntilUploaded()
            #expect(try mount.isUploaded("large", as: source))
            try eventually("no session") { try mount.service.counters().open_sessions == 0 }
        }
    }

    /// A long part fills the buffers of a connection that is not read, so that the server would not notice the client's end.
    private static let whileItIsReadSlowly = #""bytes_per_second":4000000"#

    static let numberedPoints: [Point] =
        [whileItIsReadSlowly, beforeItCounts, beforeItsResponse].flatMap { action in
            [1, 3].map { Point(kind: "part", count: $0, action: action) }
        }
        + [beforeItCounts, beforeItsResponse].map { Point(kind: "commit", count: 1, action: $0) }

    /// Numbered parts, two at a time, put together by a commit.
    @Test(arguments: TestedService.numbered, numberedPoints.flatMap { point in End.allCases.map { (point, $0) } })
    func aKillAtAnyStepOfNumberedPartsLosesNothing(_ service: TestedService, _ step: (point: Point, end: End)) throws {
        try service.withMount { mount in
            let source = try mount.randomFile("source", size: service.large)
            try mount.service.setFaults(step.point.fault)
            try shell("cp '\(source.path)' '\(mount.file("large"))'")
            try endAt(step.point, step.end, mount)
            try mount.waitUntilUploaded()
            // At the commit all parts have arrived, so that nothing is left to send.
            let again = step.point.kind == "commit" ? 0 : service.inFlightMax
            #expect(try mount.service.counters().body_bytes <= service.large + again)
            try expectOneObject(source.checksum, service, mount)
        }
    }

    /// Without a kill, and with so many requests after it that fail: the object is found by its identity or its digest.
    @Test(arguments: TestedService.numbered, 0...2)
    func aCommitWithoutAResponseLeavesOneObjectAndNoSession(_ service: TestedService, _ failures: Int) throws {
        try service.withMount { mount in
            let source = try mount.randomFile("source", size: service.large)
            try mount.service.setFaults(Point(kind: "commit", count: 1, action: Self.beforeItCounts + "," + Self.beforeItsResponse).fault)
            try shell("cp '\(source.path)' '\(mount.file("large"))'")
            try eventually("the commit") { try mount.service.counters().requests_by_kind["commit"] ?? 0 > 0 }
            try mount.service.setFaults(#"[{"times":\#(failures),"action":{"status":503,"retry_after":0}}]"#)
            try mount.waitUntilUploaded()
            #expect(try mount.service.counters().body_bytes == service.large)
            try expectOneObject(source.checksum, service, mount)
        }
    }

    /// Nothing that was confirmed has been sent again, either.
    private func expectOneObject(_ checksum: String, _ service: TestedService, _ mount: TestMount) throws {
        #expect(try service.checksum(of: "large", mount) == checksum)
        #expect(try mount.service.counters().objects.values.allSatisfy { $0.resent_bytes == 0 })
        if service.destination.hasSuffix("://demo") { #expect(try mount.service.keys() == ["large"]) }
        // A session may be dropped after the upload has been reported as finished.
        try eventually("no open session", within: Self.cleanUpSeconds) { try mount.service.counters().open_sessions == 0 }
    }

    static let movePoints = ["rewrite", "delete"].flatMap { kind in
        [beforeItCounts, beforeItsResponse].map { Point(kind: kind, count: 1, action: $0) }
    }

    @Test(arguments: movePoints, End.allCases)
    func aKillAtAnyStepOfAMoveLeavesOneObject(_ point: Point, _ end: End) throws {
        try TestMount.with { mount in
            try shell("echo moved > '\(mount.file("a"))'")
            try mount.waitUntilUploaded()
            try mount.service.setFaults(point.fault)
            try shell("mv '\(mount.file("a"))' '\(mount.file("b"))'")
            try endAt(point, end, mount)
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys() == ["b"])
            #expect(try mount.isUploaded("b", as: mount.file("b")))
        }
    }

    private func endAt(_ point: Point, _ end: End, _ mount: TestMount) throws {
        try eventually("the request") { try mount.service.counters().requests_by_kind[point.kind] ?? 0 >= point.count }
        try mount.end(by: end.rawValue)
        try mount.service.waitUntilQuiet()
        try mount.service.clearFaults()
        try mount.mount()
    }

    /// A program is writing when the mount's process is killed. Each of these shows the mount that the file is complete.
    @Test(arguments: ["'\(Programs.uploadfs)' retry file", "printf more >> file", "cp file copy && mv copy file"])
    func aFragmentGoesUpWhenItsOwnerSaysSo(command: String) throws {
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
            try shell("cd '\(mount.path)' && \(command)")
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys() == ["file"])
            #expect(try mount.isUploaded("file", as: mount.file("file")))
        }
    }
}
