import Foundation
import MountTestSupport
import Testing

/// Every order in which a mount can be stopped while it is busy: the process always ends by itself, never by a signal that it does not
/// handle, and what was closed before is uploaded by the next mount.
@Suite(.serialized, .enabled(if: Machine.isRoot, "only root can unmount while files are open, and abort a connection"))
struct StopTests {
    enum Step: String {
        case terminate, interrupt, hangUp
        /// Detaches the mount at once, whatever is open on it.
        case unmount
        /// The kernel gives the connection up, as an administrator can ask for in /sys/fs/fuse/connections.
        case abort
        /// Between two steps, in milliseconds.
        case pause
    }

    static let orders: [[Step]] = [
        [.terminate], [.interrupt], [.hangUp], [.unmount], [.abort],
        [.terminate, .terminate], [.terminate, .pause, .terminate], [.interrupt, .pause, .hangUp, .pause, .terminate],
        [.unmount, .terminate], [.unmount, .pause, .terminate], [.unmount, .pause, .pause, .terminate, .terminate],
        [.terminate, .unmount], [.terminate, .pause, .unmount], [.terminate, .unmount, .abort, .hangUp],
        [.abort, .terminate], [.abort, .pause, .terminate], [.abort, .unmount, .pause, .interrupt], [.terminate, .abort],
        [.unmount, .abort, .terminate, .pause, .terminate],
    ]

    @Test(arguments: orders)
    func aBusyMountEndsByItself(order: [Step]) throws {
        try TestMount.with(mounted: false) { mount in
            let connections = mount.directory + "/connections"
            try shell("mkdir '\(connections)' && mount -t fusectl fusectl '\(connections)'")
            defer { _ = umount2(connections, Int32(MNT_DETACH)) }
            // Uploads stay under way, and requests that wait for them, too.
            try mount.service.setFaults(#"[{"kind":"multipart","times":null,"action":{"delay_ms":100000}}]"#)
            var expected: [String: String] = [:]
            for round in 0..<2 {
                let program = try RunningProgram(mount.command(foreground: true))
                try eventually("the mount") {
                    guard program.process.isRunning else { throw Failed(description: program.errorsSoFar) }
                    return mount.isMounted && program.errorsSoFar.contains(" mounted ")
                }
                let connection = "\(connections)/\(try Self.connection(of: mount))"
                let name = "closed\(round)"
                try shell("echo content of \(round) > '\(mount.file(name))'")
                expected[name] = "content of \(round)\n"
                let load = try Self.load(on: mount)
                try Self.run(order, mount, program, connection)
                // A detached mount goes on for those who have files open on it.
                if order == [.unmount] { load.signal(SIGKILL) }
                let outcome = try program.finish()
                #expect(outcome.status == 0, "status \(outcome.status) in round \(round) of \(order): \(outcome.errors)")
                #expect(mount.pid == nil, "the lock file says that the mount was left in order")
                // Programs may be at work in the root of the mount, and a connection that was aborted leaves its mount behind.
                load.signal(SIGKILL)
                _ = try load.finish()
                while mount.isMounted { _ = umount2(mount.path, Int32(MNT_DETACH)) }
            }
            try mount.service.clearFaults()
            try mount.mount()
            for (name, content) in expected { #expect(try String(contentsOfFile: mount.file(name), encoding: .utf8) == content) }
            try mount.setAttribute("control", to: "retry", of: ".")
            for name in expected.keys.sorted() {
                try mount.waitUntilUploaded(name)
                #expect(try mount.isUploaded(name, as: mount.file(name)))
            }
        }
    }

    /// Enough programs at once that all serving threads have been in use.
    private static func load(on mount: TestMount) throws -> RunningProgram {
        let script = """
            import os, sys, threading
            os.chdir(sys.argv[1])
            open("wait", "w").write("x")
            def work(number):
                count = 0
                while True:
                    try:
                        name = f"work{number}"
                        with open(name, "wb") as file:
                            file.write(b"x" * 100_000)
                            os.fsync(file.fileno())
                        os.rename(name, name + "b")
                        os.listdir(".")
                        os.getxattr(name + "b", "user.upload.state")
                        os.unlink(name + "b")
                    except OSError:
                        if not os.path.ismount("."): count += 1
                        if count > 1000: return
                    if number == 0: print("busy", flush=True)
            def wait():
                try: os.getxattr("wait", "user.upload.wait")
                except OSError: pass
            for number in range(12): threading.Thread(target=work, args=(number,), daemon=number > 0).start()
            for _ in range(4): threading.Thread(target=wait, daemon=True).start()
            """
        let load = try RunningProgram(["python3", "-c", script, mount.path])
        try eventually("the load") {
            guard load.process.isRunning else { throw Failed(description: load.errorsSoFar) }
            return load.outputSoFar.count > 30
        }
        return load
    }

    private static func run(_ order: [Step], _ mount: TestMount, _ program: RunningProgram, _ connection: String) throws {
        for step in order {
            switch step {
            case .terminate: program.signal(SIGTERM)
            case .interrupt: program.signal(SIGINT)
            case .hangUp: program.signal(SIGHUP)
            // It may be gone by now, which is one of the orders.
            case .unmount: _ = umount2(mount.path, Int32(MNT_DETACH))
            case .abort: try? "1".write(toFile: "\(connection)/abort", atomically: false, encoding: .utf8)
            case .pause: usleep(.random(in: 500...8_000))
            }
        }
    }

    /// The name of the mount's connection: the minor number of the mount's device.
    private static func connection(of mount: TestMount) throws -> String {
        let line = try #require(
            String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8).split(separator: "\n").last { $0.contains(" \(mount.path) ") })
        let minor = try #require(line.split(separator: " ")[2].split(separator: ":").last)
        return String(minor)
    }
}
