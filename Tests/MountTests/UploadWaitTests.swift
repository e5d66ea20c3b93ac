import MountTestSupport
import Testing

/// Programs that wait for uploads in close(2) and fsync(2), while others are at work on the same files.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct UploadWaitTests {
    private static let ways = Machine.canUsePassthrough ? ["passthrough=on", "passthrough=off"] : ["passthrough=off"]

    /// Of a file of many parts, which come slowly until the file has changed.
    @Test(arguments: ways) func closeIsBusyWhereAnotherProcessChangesTheFileFirst(way: String) throws {
        try TestMount.with(options: [way, "close=upload", "chunk_size=1M"]) { mount in
            try mount.service.setFaults(#"[{"kind":"part","times":10,"action":{"bytes_per_second":2097152}}]"#)
            let script = """
                import errno, os, sys, threading, time
                path = sys.argv[1]
                file = os.open(path, os.O_CREAT | os.O_WRONLY)
                other = os.open(path, os.O_WRONLY)
                os.write(file, b'0' * (16 << 20))
                def close():
                    try:
                        os.close(file)
                        print('uploaded', flush=True)
                    except OSError as error:
                        print(errno.errorcode[error.errno], flush=True)
                closer = threading.Thread(target=close)
                closer.start()
                while int(os.getxattr(path, 'user.upload.bytes_confirmed')) == 0:
                    time.sleep(0.01)
                os.pwrite(other, b'changed', 100)
                closer.join()
                os.close(other)
                print(os.getxattr(path, 'user.upload.state').decode(), flush=True)
                """
            let outcome = try run(["python3", "-c", script, mount.file("a")])
            #expect(outcome.output == "EBUSY\nuploaded\n", "\(outcome.errors)")
            #expect(try mount.isUploaded("a", as: mount.file("a")))
        }
    }

    /// The first of two who share an open file is a child process, whose response nobody sees.
    @Test(arguments: ways) func everyCloseOfASharedFileReturnsTheErrorOfItsUpload(way: String) throws {
        try TestMount.with(options: [way, "close=upload"]) { mount in
            try mount.service.setFaults(#"[{"kind":"multipart","times":null,"action":{"status":400}}]"#)
            let script = """
                import os, sys
                file = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)
                os.write(file, b'text')
                child = os.fork()
                if child == 0:
                    os._exit(0)
                os.waitpid(child, 0)
                try:
                    os.close(file)
                except OSError as error:
                    print(error.strerror)
                """
            #expect(try run(["python3", "-c", script, mount.file("a")]).output == "Input/output error\n")
            try shell("touch '\(mount.file("a"))'")
        }
    }

    @Test(arguments: ways) func fsyncWaitsForNoMoreThanTheUpload(way: String) throws {
        try TestMount.with(options: [way, "fsync=upload"]) { mount in
            let script = """
                import os, subprocess, sys
                os.chdir(sys.argv[1])
                def make(name, content):
                    file = os.open(name, os.O_CREAT | os.O_RDWR)
                    os.write(file, content)
                    return file
                def state(name):
                    return os.getxattr(name, 'user.upload.state').decode()
                file = make('empty', b'')
                os.fsync(file)
                print(state('empty'))
                file = make('shared', b'text')
                # The child closes its copy of the descriptor.
                subprocess.run(['true'])
                os.fsync(file)
                os.fsync(file)
                print(state('shared'))
                file = make('held.tmp', b'text')
                os.fsync(file)
                os.close(file)
                print(state('held.tmp'))
                file = make('removed', b'text')
                os.unlink('removed')
                os.fsync(file)
                """
            let outcome = try run(["python3", "-c", script, mount.path])
            #expect(outcome.isSuccess, "\(outcome.errors)")
            #expect(outcome.output == "uploaded\nuploaded\nheld\n")
            #expect(try mount.service.keys() == ["empty", "shared"])
        }
    }

    @Test(arguments: ways, ["close=upload", "fsync=upload"])
    func programsThatWaitOnTheSameFilesAllComeToTheirEnd(way: String, option: String) throws {
        try TestMount.with(options: [way, option, "chunk_size=256K"]) { mount in
            let programs = try (1...4).map { _ in try RunningProgram(["python3", Probe.directory + "/run.py", "waiting.rounds", mount.path]) }
            for program in programs {
                let outcome = try program.finish()
                #expect(outcome.output == "[]\n", "\(outcome.errors)")
            }
            try shell("cd '\(mount.path)' && for f in *.tmp; do [ ! -e $f ] || rm $f; done")
            try mount.waitUntilUploaded()
            let files = try shell("ls '\(mount.path)'").split(separator: "\n").map(String.init)
            #expect(try mount.service.keys() == Set(files))
            for file in files { #expect(try mount.isUploaded(file, as: mount.file(file)), "\(file)") }
        }
    }

    /// That is the kernel's doing, which keeps the file locked for as long as fsync(2) takes.
    @Test(arguments: ways) func whatChangesAFileWaitsForItsFsync(way: String) throws {
        try TestMount.with(options: [way, "fsync=upload"]) { mount in
            try mount.service.setFaults(#"[{"kind":"multipart","times":null,"action":{"status":503,"retry_after":3600}}]"#)
            try shell("mkdir '\(mount.file("d"))'")
            let writer = try RunningProgram(["dd", "if=/dev/zero", "of=\(mount.file("d/a"))", "bs=1k", "count=1", "conv=fsync"])
            try eventually("an attempt") { try mount.service.counters().requests_by_kind["multipart"] ?? 0 > 0 }
            let mover = try RunningProgram(["mv", mount.file("d/a"), mount.file("d/b")])
            try eventually("the move to wait") { try shell("cat /proc/\(mover.process.processIdentifier)/stat").contains(") D ") }
            try mount.service.clearFaults()
            try shell("ls '\(mount.path)' && echo text > '\(mount.file("other"))'")
            #expect(writer.process.isRunning)
            try mount.setAttribute("control", to: "retry", of: ".")
            #expect(try writer.finish().isSuccess)
            #expect(try mover.finish().isSuccess)
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys() == ["d/b", "other"])
        }
    }
}
