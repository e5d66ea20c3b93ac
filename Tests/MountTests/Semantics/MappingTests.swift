import MountTestSupport
import Testing

/// Memory maps.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct MappingTests {
    @Test func aSharedMapAndWritesSeeEachOther() throws {
        try Probe.expectAlike("mapping.shared")
        try Probe.expectAlike("mapping.beside_a_writer")
    }

    @Test func aPrivateMapChangesNothing() throws {
        try Probe.expectAlike("mapping.private")
    }

    @Test func programsRunFromTheMount() throws {
        try Probe.expectAlike("mapping.programs")
    }

    @Test func whatIsWrittenThroughAMapIsUploadedAfterTheLastUnmap() throws {
        try TestMount.with { mount in
            let file = mount.file("a")
            try shell("head -c 1000000 /dev/zero > '\(file)'")
            try mount.waitUntilUploaded("a")
            let goOn = mount.directory + "/go-on"
            let writer = try RunningProgram([
                "python3", "-c",
                """
                import mmap, os, sys, time
                file = os.open(sys.argv[1], os.O_RDWR)
                memory = mmap.mmap(file, 1000000)
                os.close(file)
                memory[500000:500006] = b"mapped"
                memory.flush()
                print("flushed", flush=True)
                while not os.path.exists(sys.argv[2]): time.sleep(0.01)
                memory[0:5] = b"later"
                memory.close()
                """, file, goOn,
            ])
            try eventually("the writer") { writer.outputSoFar == "flushed\n" }
            #expect(mount.attribute("state", of: "a") == "open")
            #expect(try shell("head -c 500006 '\(file)' | tail -c 6") == "mapped")
            try shell("touch '\(goOn)'")
            #expect(try writer.finish().isSuccess)
            try mount.waitUntilUploaded("a")
            #expect(try mount.isUploaded("a", as: file))
            #expect(try shell("head -c 5 '\(file)'") == "later")
            #expect(try mount.service.counters().objects["demo/a"]?.requests_by_kind["multipart"] == 2)
        }
    }
}
