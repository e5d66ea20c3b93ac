import Foundation
import MountTestSupport
import Testing

/// scripts/install-packages.sh with a package manager that another program is using.
struct InstallPackagesTests {
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "scripts/install-packages.sh").path

    /// Runs the script with programs in place of the system's: `apt-get` does what `apt` says, and writes down how it was called.
    private func install(_ apt: String, environment: [String: String] = [:]) throws -> (outcome: Outcome, calls: [String]) {
        let directory = FileManager.default.temporaryDirectory.appending(path: "uploadfs-test-\(UUID().uuidString.prefix(8))").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let programs = [
            "swift": "exit 0", "dpkg-query": "exit 1", "sudo": #"exec "$@""#, "sleep": "exit 0",
            "apt-get": "echo \"$@\" >> '\(directory)/calls'; count=$(wc -l < '\(directory)/calls')\n\(apt)",
        ]
        for (name, text) in programs {
            try "#!/bin/sh\n\(text)\n".write(toFile: "\(directory)/\(name)", atomically: true, encoding: .utf8)
            chmod("\(directory)/\(name)", 0o755)
        }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let outcome = try run(["bash", Self.script], environment: environment.merging(["PATH": "\(directory):\(path)"]) { $1 })
        let calls = try String(contentsOfFile: "\(directory)/calls", encoding: .utf8).split(separator: "\n").map(String.init)
        return (outcome, calls)
    }

    @Test func aLockIsWaitedFor() throws {
        let (outcome, calls) = try install(
            """
            case $count in
                1|2) echo 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)' >&2; exit 100 ;;
                4) echo 'E: Unable to acquire the dpkg frontend lock' >&2; exit 100 ;;
            esac
            """)
        #expect(outcome.isSuccess, "\(outcome.output)\(outcome.errors)")
        #expect(calls.map { $0.contains(" update ") ? "update" : "install" } == ["update", "update", "update", "install", "install"])
        #expect(calls.allSatisfy { $0.contains("DPkg::Lock::Timeout=600") })
        #expect(outcome.errors.contains("waiting for the package manager's lock"))
    }

    @Test func anotherErrorEndsIt() throws {
        let (outcome, calls) = try install("echo 'E: Unable to locate package x' >&2; exit 100")
        #expect(outcome.status == 100)
        #expect(calls.count == 1)
        #expect(outcome.output.contains("Unable to locate package x"))
    }

    @Test func theWaitHasAnEnd() throws {
        let (outcome, _) = try install("echo 'E: Could not get lock x' >&2; exit 100", environment: ["UPLOADFS_LOCK_TIMEOUT": "0"])
        #expect(outcome.status == 100)
        #expect(outcome.errors.contains("has held the package manager's lock for 0 seconds"))
    }
}
