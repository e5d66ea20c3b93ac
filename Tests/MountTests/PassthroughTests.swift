import Foundation
import MountTestSupport
import Testing

/// What the mount's process does not see being written goes up as it stands at a close, once.
@Suite(.serialized, .enabled(if: Machine.canUsePassthrough, "kernel passthrough needs root and Linux 6.9"))
struct PassthroughTests {
    private static let options = ["passthrough=on", "chunk_size=1M"]
    private static let slowParts = #"[{"kind":"part","times":null,"action":{"bytes_per_second":8388608}}]"#

    @Test func anUploadGoesOnAfterAnOpenForWritingThatChangedNothing() throws {
        try TestMount.with(options: Self.options) { mount in
            let source = try Self.startUpload(mount)
            let opener = try OpenFile(mount.file("a"))
            // An upload that is begun now comes to its end, that of the open file does not.
            try shell("echo text > '\(mount.file("other"))'")
            try mount.waitUntilUploaded("other")
            #expect(try mount.service.keys() == ["other"])
            try opener.close()
            try mount.service.clearFaults()
            try mount.waitUntilUploaded("a")
            #expect(try mount.isUploaded("a", as: source))
            let counted = try #require(try mount.service.counters().objects["demo/a"])
            #expect(counted.requests_by_kind["begin"] == 1)
            #expect(counted.resent_bytes == 0)
        }
    }

    @Test func aWriteInTheMiddleOfAnUploadIsNotMixedIntoIt() throws {
        try TestMount.with(options: Self.options) { mount in
            _ = try Self.startUpload(mount)
            let opener = try OpenFile(mount.file("a"))
            try opener.write("changed", at: 0)
            try opener.write("changed", at: 11 << 20)
            try shell("echo text > '\(mount.file("other"))'")
            try mount.waitUntilUploaded("other")
            #expect(try mount.service.keys() == ["other"])
            try opener.close()
            try mount.service.clearFaults()
            try mount.waitUntilUploaded("a")
            #expect(try mount.isUploaded("a", as: mount.file("a")))
            #expect(try mount.service.counters().objects["demo/a"]?.requests_by_kind["begin"] == 2)
        }
    }

    /// An upload of 12 MiB that has some parts and is not near its end.
    private static func startUpload(_ mount: TestMount) throws -> String {
        try mount.service.setFaults(slowParts)
        let source = mount.directory + "/source"
        try shell("head -c 12M /dev/urandom > '\(source)' && cp '\(source)' '\(mount.file("a"))'")
        try eventually("confirmed parts") { try mount.service.counters().objects["demo/a"]?.body_bytes ?? 0 >= 2 << 20 }
        return source
    }

    @Test func anUploadedFileThatIsWrittenInPlaceIsUploadedAtItsCloseOnly() throws {
        try TestMount.with(options: Self.options) { mount in
            try shell("echo before > '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            let opener = try OpenFile(mount.file("a"))
            try opener.write("BE", at: 0)
            #expect(mount.attribute("state", of: "a") == "open")
            try shell("echo text > '\(mount.file("other"))'")
            try mount.waitUntilUploaded("other")
            #expect(try mount.service.counters().objects["demo/a"]?.requests_by_kind == ["multipart": 1])
            try opener.close()
            try mount.waitUntilUploaded("a")
            #expect(try mount.isUploaded("a", as: mount.file("a")))
            #expect(try shell("cat '\(mount.file("a"))'") == "BEfore\n")
            #expect(try mount.service.counters().objects["demo/a"]?.requests_by_kind["multipart"] == 2)
        }
    }

    @Test func touchingAndOpeningUploadNothing() throws {
        try TestMount.with(options: Self.options) { mount in
            try shell("echo text > '\(mount.file("a"))'")
            try mount.waitUntilUploaded("a")
            try shell("f='\(mount.file("a"))'; touch \"$f\"; exec 4>>\"$f\"; touch -d 2001-02-03 \"$f\"; exec 3<>\"$f\"")
            try shell("echo text > '\(mount.file("b"))'")
            try mount.waitUntilUploaded()
            #expect(try mount.service.counters().objects["demo/a"]?.requests_by_kind == ["multipart": 1])
        }
    }

    /// close() of one descriptor waits for an upload while another process goes on writing over the same bytes.
    @Test(arguments: [(writes: 26, pause: 0.1), (writes: 1000, pause: 0)])
    func whatIsUploadedWhileOthersWriteIsNotTorn(writes: Int, pause: Double) throws {
        try TestMount.with(options: Self.options + ["close=upload"]) { mount in
            let size = 3 << 20
            try mount.service.setFaults(#"[{"kind":"part","times":40,"action":{"bytes_per_second":16777216}}]"#)
            let script = """
                import errno, os, sys, threading, time
                fd = os.open(sys.argv[1], os.O_CREAT | os.O_RDWR)
                os.pwrite(fd, b'0' * \(size), 0)
                def write():
                    for turn in range(\(writes)):
                        os.pwrite(fd, bytes([97 + turn % 26]) * \(size), 0)
                        time.sleep(\(pause))
                writer = threading.Thread(target=write)
                writer.start()
                while writer.is_alive():
                    descriptor = os.open(sys.argv[1], os.O_WRONLY)
                    try:
                        os.close(descriptor)
                    except OSError as error:
                        print(errno.errorcode[error.errno], flush=True)
                """
            let writer = try RunningProgram(["python3", "-c", script, mount.file("a")])
            var seen: Set<String> = []
            while writer.process.isRunning {
                let object = try run(["curl", "-sf", "\(mount.service.url)/storage/v1/b/demo/o/a?alt=media"])
                guard object.isSuccess else { continue }
                let letters = Set(object.output)
                #expect(letters.count == 1 && object.output.utf8.count == size, "\(letters.sorted())")
                seen.formUnion(letters.map(String.init))
            }
            let outcome = try writer.finish()
            #expect(outcome.isSuccess, "\(outcome.errors)")
            #expect(Set(outcome.output.split(separator: "\n")).isSubset(of: ["EBUSY"]))
            try mount.waitUntilUploaded("a")
            #expect(try mount.isUploaded("a", as: mount.file("a")))
        }
    }

    @Test(.enabled(if: Machine.fileSystem(of: "/dev/shm") == "tmpfs", "/dev/shm is no file system in memory"), arguments: ["auto", "on"])
    func aSpoolThatHidesChangesIsNotPassedThrough(choice: String) throws {
        try TestMount.with(options: ["passthrough=\(choice)"], mounted: false) { mount in
            let memory = "/dev/shm/uploadfs-test-\(UUID().uuidString.prefix(8))"
            defer { try? FileManager.default.removeItem(atPath: memory) }
            mount.options.append("state_dir=\(memory)")
            let outcome = try run(mount.command())
            if choice == "auto" {
                #expect(outcome.isSuccess, "\(outcome.errors)")
                try shell("echo text > '\(mount.file("a"))'")
                try mount.waitUntilUploaded("a")
                #expect(try shell("cat '\(memory)/log'").contains("reads and writes go through the mount process"))
                try mount.unmount()
            } else {
                #expect(outcome.status == 69)
                #expect(outcome.errors.contains("passthrough=on is not possible: "))
                #expect(!mount.isMounted)
                #expect(!FileManager.default.fileExists(atPath: memory))
            }
        }
    }
}
