import Foundation
import MountTestSupport
import Testing

private let canTrace = Machine.canMount && (try? run(["strace", "-o", "/dev/null", "true"]))?.isSuccess == true

/// What fsync(2) has confirmed must outlive a power cut. No machine of ours loses its page cache on request, so what is tested is the
/// order of the calls: everything that leads to the file's bytes is synchronized before the response to the program is written.
@Suite(.serialized, .enabled(if: canTrace, "only with strace, and where this user can mount and trace"))
struct DurabilityTests {
    @Test(arguments: ["passthrough=auto", "passthrough=off"])
    func fsyncSynchronizesAllThatLeadsToTheFile(option: String) throws {
        try TestMount.with(options: ["settle=30", option]) { mount in
            let script = """
                import os, sys
                os.chdir(sys.argv[1])
                os.makedirs('one/two')
                f = os.open('one/two/file', os.O_CREAT | os.O_RDWR)
                os.write(f, b'content')
                os.fsync(f)
                os.mkdir('mark')
                os._exit(0)
                """
            let synced = try Self.synchronized(by: ["python3", "-c", script, mount.path], on: mount)
            let spool = mount.state + "/spool"
            for path in ["\(spool)/one/two/file", "\(spool)/one/two", "\(spool)/one", spool] {
                #expect(synced.contains { $0.contains("<\(path)>") }, "\(path) in \(synced)")
            }
            #expect(synced.contains { $0.contains("<\(mount.state)/journal/") }, "the journal in \(synced)")
            // The database is synchronized when it likes.
            let leading = synced.filter { !$0.contains("/checkpoints.sqlite") }
            let order = leading.map { call in call.contains("journal/") ? 2 : call.contains("two/file>") ? 0 : 1 }
            #expect(order == order.sorted(), "the content, then the names, then what is known about it: \(leading)")
        }
    }

    @Test func fsyncOfADirectorySynchronizesWhatIsKnownOfItsNames() throws {
        try TestMount.with(options: ["settle=30"]) { mount in
            try shell("echo text > '\(mount.file("a"))'")
            let script = """
                import os, sys
                os.chdir(sys.argv[1])
                os.rename('a', 'b')
                os.fsync(os.open('.', os.O_RDONLY))
                os.mkdir('mark')
                os._exit(0)
                """
            let synced = try Self.synchronized(by: ["python3", "-c", script, mount.path], on: mount)
            let spool = try #require(synced.firstIndex { $0.contains("<\(mount.state)/spool>") }, "\(synced)")
            let journal = try #require(synced.lastIndex { $0.contains("<\(mount.state)/journal/") }, "\(synced)")
            #expect(spool < journal)
        }
    }

    @Test func aNewStateDirectoryIsOnTheDiskUnderItsPathBeforeItIsUsed() throws {
        try TestMount.with(mounted: false) { mount in
            let above = mount.directory + "/new/deeper"
            mount.options.append("state_dir=\(above)/state")
            let trace = mount.directory + "/trace"
            let calls = "trace=mkdir,mkdirat,fsync,rename,renameat,renameat2"
            let tracer = try RunningProgram(["strace", "-f", "-y", "-o", trace, "-e", calls] + mount.command())
            try eventually("the mount") { mount.isMounted }
            try mount.unmount()
            #expect(try tracer.finish().isSuccess)

            let lines = try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n").map(String.init)
            let made = try #require(lines.lastIndex { $0.contains("mkdir") && $0.contains("\(above)/state\"") && $0.contains("= 0") }, "\(lines)")
            let used = try #require(lines.firstIndex { $0.contains("rename") && $0.contains("\"version\"") }, "\(lines)")
            for path in [mount.directory, mount.directory + "/new", above] {
                #expect(lines[made..<used].contains { $0.contains("fsync(") && $0.contains("<\(path)>") }, "\(path) in \(lines)")
            }
            #expect(lines[..<used].contains { $0.contains("fsync(") && $0.contains("/state/version.new>") })
        }
    }

    /// The calls by which the mount's process writes things to the disk, in their order, from now on until the program makes a
    /// directory called `mark`.
    private static func synchronized(by program: [String], on mount: TestMount) throws -> [String] {
        let trace = mount.directory + "/trace"
        let pid = try #require(mount.pid)
        let tracer = try RunningProgram(["strace", "-f", "-y", "-o", trace, "-e", "trace=fsync,fdatasync,syncfs,mkdirat", "-p", "\(pid)"])
        try eventually("the tracer") {
            try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8).contains("TracerPid:\t\(tracer.process.processIdentifier)")
        }
        #expect(try run(program).isSuccess)
        tracer.signal(SIGKILL)
        _ = try tracer.finish()

        // A call that waits is written down twice, the second time when it has returned.
        let calls = try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n").map(String.init)
        let answer = try #require(calls.firstIndex { $0.contains("mkdirat") && $0.contains("mark") }, "\(calls)")
        return calls[..<answer].filter { $0.contains("sync(") }
    }
}
