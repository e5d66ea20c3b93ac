import Foundation
import Glibc
import MountTestSupport
import Testing

/// Random sequences of steps on a mount and on a plain directory.
///
/// `UPLOADFS_MODEL_SEED` runs one sequence again, or a new one where it is `random`; `UPLOADFS_MODEL_OPERATIONS` sets the length
/// of each. Without it the same few sequences run every time, so that a test run says something about the change that it tests.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct ModelTests {
    private static let environment = ProcessInfo.processInfo.environment

    static let seeds: [UInt64] =
        switch environment["UPLOADFS_MODEL_SEED"] {
        case "random": [UInt64.random(in: 100...999_999_999)]
        case let text?: UInt64(text).map { [$0] } ?? []
        case nil: Array(1...20)
        }
    static let length = environment["UPLOADFS_MODEL_OPERATIONS"].flatMap { Int($0) } ?? 500

    @Test(arguments: seeds)
    func theMountIsLikeAPlainDirectory(seed: UInt64) throws {
        print("model test: seed \(seed), \(Self.length) operations")
        umask(0o022)
        var generator = OperationGenerator(seed: seed)
        var steps: [Operation] = []
        do {
            try ModelRun.run(options: options(seed), patience: .seconds(120)) { run in
                if steps.count == Self.length { return nil }
                let tree = try run.snapshot()
                let step = generator.next(files: tree.files, directories: tree.directories)
                steps.append(step)
                return step
            }
        } catch {
            let (shrunk, lastError) = Shrinking(options: options(seed)).shrink(steps, error)
            let list = shrunk.map { "    \($0)".replacing("ModelTests.", with: "").replacing("Operation.", with: "") }.joined(separator: "\n")
            Issue.record("seed \(seed) failed after \(steps.count) steps: \(error)\n\(shrunk.count) steps are enough:\n\(list)\n\(lastError)")
        }
    }

    /// Half of the sequences go each way, so that one run of them covers both.
    private func options(_ seed: UInt64) -> [String] {
        let passthrough = Machine.canUsePassthrough && seed % 4 < 2 ? "on" : "off"
        return ["settle=\(seed % 2 == 0 ? "0" : "0.05")", "passthrough=\(passthrough)"]
    }
}
