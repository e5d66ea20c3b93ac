import Foundation
import MountTestSupport
import Testing

/// mount-helpers/mount.uploadfs alone, with a program in place of uploadfs that prints its arguments.
struct MountHelperArgumentTests {
    private static let helper = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "mount-helpers/mount.uploadfs").path

    private let directory = FileManager.default.temporaryDirectory.appending(path: "uploadfs-test-\(UUID().uuidString.prefix(8))").path

    private func withProgram(status: Int32 = 0, _ body: (_ call: ([String]) throws -> Outcome) throws -> Void) throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let program = "\(directory)/program"
        // A line for each argument, in brackets, as it came.
        try "#!/bin/sh\nfor a; do printf '[%s]\\n' \"$a\"; done\nexit \(status)\n".write(toFile: program, atomically: true, encoding: .utf8)
        chmod(program, 0o755)
        try body { try run(["sh", Self.helper] + $0, environment: ["UPLOADFS": program]) }
    }

    @Test func argumentsReachTheProgramAsTheyAre() throws {
        let odd = ["a b", "$(touch x)", "`id`", "*", "'\"", "-o", "--", "ro\nrw", "\u{301}", "", "\\", "gs://b/#x"]
        try withProgram { call in
            for text in odd {
                let outcome = try call([text, "/m \(text)", "-o", "ro,x=\(text)", "-n", "-o", "second"])
                #expect(outcome.isSuccess, "\(text) \(outcome.errors)")
                #expect(outcome.output == "[mount]\n[-o]\n[ro,x=\(text),second]\n[--]\n[\(text)]\n[/m \(text)]\n")
            }
            #expect(try call(["uploadfs#gs://b", "/m", "-s", "-t", "fuse.uploadfs"]).output == "[mount]\n[--sloppy]\n[--]\n[gs://b]\n[/m]\n")
            let tried = try call(["gs://b", "/m", "-f", "-v", "-o", "ro"])
            #expect(tried.isSuccess && tried.output.isEmpty && tried.errors.contains("mount -o ro -- gs://b /m"))
        }
    }

    @Test func whatItDoesNotKnowIsAUsageError() throws {
        try withProgram { call in
            for arguments in [
                [], ["gs://b"], ["gs://b", "/m", "-x"], ["gs://b", "/m", "-o"], ["gs://b", "/m", "more"], ["gs://b", "/m", "-ro", "-q"],
            ] {
                let outcome = try call(arguments)
                #expect(outcome.status == 1, "\(arguments) \(outcome.output)")
                #expect(outcome.output.isEmpty && outcome.errors.contains("mount.uploadfs SOURCE TARGET"), "\(outcome.errors)")
            }
        }
    }

    @Test(arguments: [(0, 0), (64, 1), (69, 32), (70, 2), (71, 2), (77, 32), (78, 32), (1, 32)] as [(Int32, Int32)])
    func theStatusIsOneThatMountKnows(program: Int32, helper: Int32) throws {
        try withProgram(status: program) { call in
            let outcome = try call(["gs://b", "/m"])
            #expect(outcome.status == helper)
        }
    }

    /// Whatever comes, it ends with one of its statuses, and runs nothing but the program.
    @Test func anyArgumentsEndInOneOfItsStatuses() throws {
        let pieces = [
            "-", "-s", "-f", "-n", "-v", "-N", "-o", "-t", "--", "x", "a,b", "$(touch ran)", ";touch ran", "|", "\n", "\u{301}", "-ofoo", "-sfnv",
            "=",
        ]
        var random: UInt64 = 7
        try withProgram { call in
            for _ in 0..<60 {
                var arguments: [String] = []
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                for position in 0..<Int(random >> 33 & 7) { arguments.append(pieces[Int((random >> UInt64(8 * position)) & 255) % pieces.count]) }
                // A namespace would be entered.
                if arguments.contains(where: { $0.hasPrefix("-") && $0.contains("N") }) { continue }
                let outcome = try call(arguments)
                #expect([0, 1].contains(outcome.status), "\(arguments) \(outcome.status) \(outcome.errors)")
            }
        }
        #expect(!FileManager.default.fileExists(atPath: "ran"))
    }
}
