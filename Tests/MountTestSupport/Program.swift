import Foundation

/// What a program did.
public struct Outcome: Sendable {
    public let status: Int32
    public let output: String
    public let errors: String

    public var isSuccess: Bool { status == 0 }
}

/// A program that is running, with its output in files, so that a full pipe can never hold it up.
public final class RunningProgram {
    public let process: ChildProcess
    private let output: URL
    private let errors: URL

    public struct TookTooLong: Error, CustomStringConvertible {
        public let description: String
    }

    public init(_ arguments: [String], environment: [String: String] = [:]) throws {
        let directory = FileManager.default.temporaryDirectory
        output = directory.appending(path: "uploadfs-test-\(UUID().uuidString).out")
        errors = directory.appending(path: "uploadfs-test-\(UUID().uuidString).err")
        for file in [output, errors] { try Data().write(to: file) }
        process = try ChildProcess(
            arguments, environment: Self.cleanEnvironment.merging(environment) { _, new in new }, output: output.path, errors: errors.path)
    }

    /// What a failed test leaves running must not hold its mount.
    deinit {
        process.send(SIGKILL)
        for file in [output, errors] { try? FileManager.default.removeItem(at: file) }
    }

    /// Without what the developer's own environment and configuration say about credentials and endpoints.
    private static let cleanEnvironment: [String: String] = {
        let kept = ["PATH", "HOME", "TMPDIR", "LANG", "USER", "LD_LIBRARY_PATH", "TSAN_OPTIONS"]
        return ProcessInfo.processInfo.environment.filter { kept.contains($0.key) }.merging(["LC_ALL": "C.UTF-8", "XDG_CONFIG_HOME": "/nonexistent"])
        { _, new in new }
    }()

    public var outputSoFar: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }
    public var errorsSoFar: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

    /// Waits for its end. A program that does not end in time is killed.
    public func finish(within seconds: Double = Patience.seconds) throws -> Outcome {
        do {
            try eventually("the end of \(process.arguments)", within: seconds) { !process.isRunning }
        } catch {
            process.send(SIGKILL)
            throw TookTooLong(description: "\(error)\n\(outputSoFar)\(errorsSoFar)")
        }
        return Outcome(status: process.terminationStatus, output: outputSoFar, errors: errorsSoFar)
    }

    public func signal(_ number: Int32) {
        process.send(number)
    }
}

/// Runs a program to its end.
@discardableResult
public func run(_ arguments: [String], environment: [String: String] = [:], within seconds: Double = Patience.seconds) throws -> Outcome {
    try RunningProgram(arguments, environment: environment).finish(within: seconds)
}

public struct Failed: Error, CustomStringConvertible {
    public let description: String

    public init(description: String) {
        self.description = description
    }
}

/// Runs a script with bash, which must succeed; returns its output.
@discardableResult
public func shell(_ script: String, environment: [String: String] = [:], within seconds: Double = Patience.seconds) throws -> String {
    let outcome = try run(["bash", "-euo", "pipefail", "-c", script], environment: environment, within: seconds)
    guard outcome.isSuccess else { throw Failed(description: "status \(outcome.status) of: \(script)\n\(outcome.output)\(outcome.errors)") }
    return outcome.output
}

/// How long tests wait for what must happen, in seconds: it is only ever waited for in full by a test that fails, and machines
/// that run tests can be slow, and stand still for seconds.
public enum Patience {
    public static let seconds: Double = 180
}

/// Polls until `condition` is true; throws when it is not within the time.
public func eventually(_ what: String, within seconds: Double = Patience.seconds, _ condition: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try !condition() {
        guard ContinuousClock.now < deadline else { throw Failed(description: "waited \(seconds) s for \(what)") }
        usleep(10_000)
    }
}
