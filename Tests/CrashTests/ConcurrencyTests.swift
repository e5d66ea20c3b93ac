import Dispatch
import Foundation
import LinuxIO
import MountTestSupport
import Testing

/// Many threads and programs at once on the same files and directories: nobody waits forever, no change is lost, and what the
/// server has in the end is what the mount shows. `make tsan` runs these with a mount that reports data races.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct ConcurrencyTests {
    private static let threads = 8
    private static let rounds = 150

    @Test func threadsOnTheSameFilesLoseNothing() throws {
        try TestMount.with(options: ["settle=0.02", "chunk_size=256K"]) { mount in
            try shell("cd '\(mount.path)' && echo 0 > counter && : > lines && mkdir x y && head -c 10M /dev/urandom > large")
            let failures = Failures()
            let root = mount.path
            DispatchQueue.concurrentPerform(iterations: Self.threads) { thread in
                do {
                    for round in 0..<Self.rounds {
                        try Self.countUp(root + "/counter")
                        try Self.append("\(thread) \(round)\n", to: root + "/lines")
                        try Self.change(root, thread, round)
                        try Self.look(root, thread, round)
                    }
                } catch {
                    failures.add("thread \(thread): \(error)")
                }
            }
            #expect(failures.all.isEmpty)
            #expect(try shell("cat '\(root)/counter'") == "\(Self.threads * Self.rounds)\n")
            let lines = try String(contentsOfFile: root + "/lines", encoding: .utf8).split(separator: "\n")
            #expect(lines.count == Self.threads * Self.rounds)
            #expect(Set(lines).count == lines.count, "each line is there once")
            try expectTheSameAtTheServer(mount)
        }
    }

    @Test func programsOnTheSameDirectoriesLeaveNothingBehind() throws {
        try TestMount.with(options: ["settle=0"]) { mount in
            let source = mount.directory + "/source"
            try shell("mkdir -p '\(source)/d/e' && cd '\(source)' && for i in $(seq 20); do head -c 5000 /dev/urandom > d/$i; cp d/$i d/e/$i; done")
            let script = """
                for round in 1 2 3 4 5; do
                    cp -r '\(source)/d' "$1"; mv "$1" "$1.moved"; touch "$1.moved"/*
                    find . -type f -exec getfattr --only-values -n user.upload.state {} + > /dev/null 2>&1 || true
                    [ $round = 5 ] || rm -r "$1.moved"
                done
                """
            let programs = try (1...4).map { number in
                try RunningProgram(["env", "--chdir=\(mount.path)", "bash", "-euc", script, "bash", "copy\(number)"])
            }
            for program in programs {
                let outcome = try program.finish()
                #expect(outcome.isSuccess, "\(outcome.errors)")
            }
            for number in 1...4 { try shell("diff -r '\(source)/d' '\(mount.file("copy\(number).moved"))'") }
            try expectTheSameAtTheServer(mount)
        }
    }

    /// More of them than there are threads that serve the kernel.
    @Test(arguments: ["close=upload", "fsync=upload"])
    func requestsThatWaitStopNobodyAndEndWithASignal(option: String) throws {
        try TestMount.with(options: [option, "settle=0"]) { mount in
            try mount.service.setFaults(#"[{"kind":"multipart","times":null,"action":{"status":503,"retry_after":3600}}]"#)
            let waiting = try (1...30).map { number in
                try RunningProgram(
                    ["dd", "if=/dev/zero", "of=\(mount.file("wait\(number)"))", "bs=1k", "count=1", "status=none"]
                        + (option.hasPrefix("fsync") ? ["conv=fsync"] : []))
            }
            try eventually("an attempt for each of them") { try mount.service.counters().requests_by_kind["multipart"] ?? 0 >= 30 }
            let commands = try (1...15).map { number in
                try RunningProgram([Programs.uploadfs, "wait", mount.file("wait\(number)")])
            }
            try shell("cd '\(mount.path)' && mkdir d && ls -l && stat wait1 && : > other && mv other d/ && cat wait2 && ln -s a b && rm b")
            #expect(waiting.allSatisfy { $0.process.isRunning })
            #expect(commands.allSatisfy { $0.process.isRunning })
            // A program that is killed goes on to wait for the response to a request that the mount has taken: only the mount can
            // end that. Other signals are blocked in what a test starts.
            for program in waiting + commands { program.signal(SIGKILL) }
            for program in waiting + commands { #expect(try !program.finish().isSuccess) }
            try mount.unmount()
        }
    }

    private func expectTheSameAtTheServer(_ mount: TestMount) throws {
        try mount.waitUntilUploaded()
        let files = try shell("cd '\(mount.path)' && find . -type f -printf '%P\\n'").split(separator: "\n").map(String.init)
        #expect(try mount.service.keys() == Set(files))
        for file in files { #expect(try mount.isUploaded(file, as: mount.file(file)), "\(file)") }
    }

    // MARK: What a thread does

    /// Adds one to the number in a file, under a lock of its own descriptor.
    private static func countUp(_ path: String) throws {
        let file = try Descriptor.open(BytePath(path), O_RDWR)
        try Errno.check(flock(file.rawValue, LOCK_EX))
        var digits = [UInt8](repeating: 0, count: 20)
        let length = try Errno.check(pread(file.rawValue, &digits, digits.count, 0))
        let number = String(decoding: digits.prefix(length), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let number = Int(number) else { throw Failed(description: "no number: \(number)") }
        let next = Array("\(number + 1)\n".utf8)
        try Errno.check(pwrite(file.rawValue, next, next.count, 0))
    }

    private static func append(_ line: String, to path: String) throws {
        let file = try Descriptor.open(BytePath(path), O_WRONLY | O_APPEND)
        let bytes = Array(line.utf8)
        let count = try Errno.check(write(file.rawValue, bytes, bytes.count))
        guard count == bytes.count else { throw Failed(description: "a short write") }
    }

    /// Names that the other threads use as well; that one is gone or there already is no failure.
    private static func change(_ root: String, _ thread: Int, _ round: Int) throws {
        let (own, shared) = ("\(root)/x/\(thread)", "\(root)/y/\(round % 5)")
        let file = try Descriptor.open(BytePath(own), O_RDWR | O_CREAT | O_TRUNC, mode: 0o644)
        let bytes = [UInt8](repeating: UInt8(round % 256), count: 1000 * (round % 20))
        let count = try Errno.check(pwrite(file.rawValue, bytes, bytes.count, 0))
        guard count == bytes.count else { throw Failed(description: "a short write") }
        switch round % 5 {
        case 0: try ignoring(ENOENT) { () throws(Errno) in try Errno.check(rename(own, shared)) }
        case 1: try ignoring(ENOENT) { () throws(Errno) in try Errno.check(unlink(shared)) }
        case 2: try ignoring(ENOENT, EEXIST) { () throws(Errno) in try Errno.check(rename("\(root)/y/1", "\(root)/y/2")) }
        case 3:
            try ignoring(EEXIST, ENOTEMPTY, ENOENT) { () throws(Errno) in
                try Errno.check(mkdir("\(root)/d\(round % 2)", 0o755))
                try Errno.check(rmdir("\(root)/d\(round % 2)"))
            }
        default: try ignoring(ENOENT) { () throws(Errno) in try Errno.check(truncate("\(root)/large", off_t(9_000_000 + round))) }
        }
    }

    private static func look(_ root: String, _ thread: Int, _ round: Int) throws {
        _ = try FileManager.default.contentsOfDirectory(atPath: root + "/y")
        let directory = try Descriptor.open(BytePath(root), O_RDONLY | O_DIRECTORY)
        for name in ["large", "x/\(thread)", "."] {
            try ignoring(ENOENT, ENODATA) { () throws(Errno) in
                _ = try ExtendedAttributes(of: BytePath(name), in: directory).value(of: BytePath("user.upload.state"))
            }
        }
    }

    private static func ignoring(_ codes: Int32..., body: () throws(Errno) -> Void) throws(Errno) {
        do { try body() } catch { if !codes.contains(error.code) { throw error } }
    }
}

/// What went wrong in any of several threads.
// @unchecked: the list is only touched with the lock held.
private final class Failures: @unchecked Sendable {
    private let lock = NSLock()
    private var list: [String] = []

    func add(_ failure: String) { lock.withLock { list.append(failure) } }
    var all: [String] { lock.withLock { list } }
}
