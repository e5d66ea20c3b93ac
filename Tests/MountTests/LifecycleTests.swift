import Foundation
import MountTestSupport
import Testing

/// How a mount begins and ends.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct LifecycleTests {
    @Test func aMountInTheBackgroundIsReadyWhenTheCommandReturns() throws {
        try TestMount.with { mount in
            #expect(mount.isMounted)
            let shown = try shell("findmnt --noheadings --output SOURCE,FSTYPE '\(mount.path)'")
            #expect(shown.split(whereSeparator: \.isWhitespace) == ["gs://demo", "fuse.uploadfs"])
            try shell("echo hello > '\(mount.file("a"))'")
            #expect(try shell("cat '\(mount.file("a"))'") == "hello\n")
            try mount.unmount()
            #expect(!mount.isMounted)
        }
    }

    @Test func aMountInTheForegroundEndsOnATerminationSignal() throws {
        for signal in [SIGTERM, SIGINT, SIGHUP] {
            try TestMount.with(mounted: false) { mount in
                let program = try RunningProgram(mount.command(foreground: true))
                try eventually("the mount") { mount.isMounted }
                program.signal(signal)
                let outcome = try program.finish()
                #expect(outcome.status == 0)
                #expect(outcome.errors.contains("mounted"))
                #expect(!mount.isMounted)
            }
        }
    }

    @Test func aMountInTheBackgroundEndsOnATerminationSignal() throws {
        try TestMount.with { mount in
            let pid = try #require(mount.pid)
            kill(pid, SIGTERM)
            try eventually("the end of the process") { !TestMount.isAlive(pid) }
            #expect(!mount.isMounted)
            #expect(mount.log.contains("unmounted"))
        }
    }

    @Test(arguments: [["umount"], ["fusermount3", "-u"], [Programs.uploadfs, "unmount"]])
    func everyWayToUnmountEndsTheProcessCleanly(command: [String]) throws {
        try TestMount.with { mount in
            let pid = try #require(mount.pid)
            let outcome = try run(command + [mount.path])
            #expect(outcome.isSuccess, "\(outcome.errors)")
            try eventually("the end of the process") { !TestMount.isAlive(pid) }
            #expect(!mount.isMounted)
            #expect(mount.pid == nil, "the lock file says that the mount was left in order")
        }
    }

    @Test func theSameStateCanBeMountedRightAfterAnUnmount() throws {
        try TestMount.with { mount in
            try shell("echo one > '\(mount.file("a"))'")
            try shell("umount '\(mount.path)' 2>/dev/null || fusermount3 -u '\(mount.path)'")
            try mount.mount()
            #expect(try shell("cat '\(mount.file("a"))'") == "one\n")
        }
    }

    /// The process is stopped just after its mount went away, as one is that gets no processor time.
    @Test(.enabled(if: Machine.isRoot, "only root can unmount without the process's help"))
    func aStateWhoseProcessIsEndingIsWaitedFor() throws {
        try TestMount.with { mount in
            let pid = try #require(mount.pid)
            kill(pid, SIGSTOP)
            defer { kill(pid, SIGCONT) }
            #expect(umount2(mount.path, 0) == 0)
            let next = try RunningProgram(mount.command())
            // Longer than it takes to find the lock taken; a refusal ends the program, and is found below.
            let patience = ContinuousClock.now + .seconds(1)
            try eventually("the look at the lock") { !next.process.isRunning || ContinuousClock.now > patience }
            kill(pid, SIGCONT)
            let outcome = try next.finish()
            #expect(outcome.isSuccess, "\(outcome.errors)")
            #expect(mount.isMounted)
        }
    }

    @Test func unmountReturnsWhenTheProcessHasEnded() throws {
        try TestMount.with { mount in
            let pid = try #require(mount.pid)
            try mount.unmount()
            #expect(!TestMount.isAlive(pid))
        }
    }

    @Test func aSecondMountOnTheSameDirectoryIsRefused() throws {
        try TestMount.with { mount in
            let outcome = try run(mount.command())
            #expect(outcome.status == 75)
            #expect(outcome.errors.contains("is already mounted on"))
        }
    }

    @Test func aSecondMountOfTheSameStateIsRefused() throws {
        try TestMount.with { mount in
            let other = mount.directory + "/other"
            try shell("mkdir '\(other)'")
            let outcome = try run([Programs.uploadfs, "mount", "-o", mount.optionList, "gs://demo", other])
            #expect(outcome.status == 75)
            #expect(outcome.errors.contains("in use by another mount"))
            #expect(mount.isMounted)
        }
    }

    @Test func aMountReplacesOneWhoseProcessWasKilled() throws {
        try TestMount.with { mount in
            try shell("echo kept > '\(mount.file("a"))'")
            try mount.killHard()
            try mount.mount()
            #expect(try shell("cat '\(mount.file("a"))'") == "kept\n")
        }
    }

    @Test func aMountWhoseProcessWasKilledCanBeUnmounted() throws {
        try TestMount.with { mount in
            try mount.killHard()
            try mount.unmount()
            #expect(!mount.isMounted)
        }
    }

    @Test func aBusyMountIsNotUnmounted() throws {
        try TestMount.with { mount in
            let holder = try RunningProgram(["bash", "-c", "cd '\(mount.path)' && echo there && sleep 600"])
            try eventually("the holder") { holder.outputSoFar.contains("there") }
            let outcome = try run([Programs.uploadfs, "unmount", mount.path])
            #expect(outcome.status == 75)
            #expect(outcome.errors.contains("busy"))
            #expect(mount.isMounted)
            holder.signal(SIGKILL)
            _ = try holder.finish()
            try mount.unmount()
        }
    }

    @Test func unmountDrainsOnRequest() throws {
        try TestMount.with { mount in
            try shell("head -c 1M /dev/urandom > '\(mount.file("a"))'")
            let outcome = try run([Programs.uploadfs, "unmount", "--drain", mount.path])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try mount.service.keys() == ["a"])
        }
    }

    @Test func aDrainThatTakesTooLongUnmountsAndSaysSo() throws {
        try TestMount.with { mount in
            try mount.service.setFaults(#"[{"kind":"multipart","times":null,"action":{"status":503}}]"#)
            try shell("echo hello > '\(mount.file("a"))'")
            let outcome = try run([Programs.uploadfs, "unmount", "--drain=0.5", mount.path])
            #expect(outcome.status == 2)
            #expect(outcome.errors.contains("unmounted before everything was uploaded"))
            #expect(!mount.isMounted)
        }
    }

    @Test func theBackgroundProcessKeepsNothingOfItsStarter() throws {
        try TestMount.with { mount in
            let pid = try #require(mount.pid)
            #expect(try shell("readlink /proc/\(pid)/cwd") == "/\n")
            for stream in 0...2 { #expect(try shell("readlink /proc/\(pid)/fd/\(stream)") == "/dev/null\n") }
            #expect(try shell("ps -o sid= -p \(pid) | tr -d ' '") == "\(pid)\n")
            #expect(try shell("grep Umask /proc/\(pid)/status").contains("0000"))
        }
    }

    @Test func systemdIsNotifiedOfTheStartAndTheEnd() throws {
        try TestMount.with(mounted: false) { mount in
            let script = """
                import socket, sys
                s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                s.bind(sys.argv[1])
                for _ in range(2): print(s.recv(100).decode().split()[0], flush=True)
                """
            let address = mount.directory + "/notify"
            let listener = try RunningProgram(["python3", "-c", script, address])
            try eventually("the socket") { FileManager.default.fileExists(atPath: address) }
            let program = try RunningProgram(mount.command(foreground: true), environment: ["NOTIFY_SOCKET": address])
            try eventually("the mount") { listener.outputSoFar.contains("READY=1") }
            #expect(mount.isMounted)
            program.signal(SIGTERM)
            #expect(try program.finish().status == 0)
            #expect(try listener.finish().output == "READY=1\nSTOPPING=1\n")
        }
    }
}
