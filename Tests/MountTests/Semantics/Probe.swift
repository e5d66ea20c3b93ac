import Foundation
import MountTestSupport
import Testing

/// System calls, made by a script of Tests/Probes that reports what came of each.
struct Probe {
    /// The script and the function in it: `renaming.exchanging`.
    let name: String

    init(_ name: String) {
        self.name = name
    }

    static let directory: String = {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return tests.appending(path: "Probes").path
    }()

    func report(in directory: String) throws -> [String] {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let outcome = try run(["python3", Self.directory + "/run.py", name, directory])
        guard outcome.isSuccess else { throw Failed(description: "\(name) in \(directory): \(outcome.output)\(outcome.errors)") }
        return outcome.output.split(separator: "\n").map(String.init)
    }

    /// Expects the mount to answer every call as the local disk does.
    static func expectAlike(_ name: String, options: [String] = [], sourceLocation: SourceLocation = #_sourceLocation) throws {
        try TestMount.with(options: options) { mount in
            let probe = Probe(name)
            let expected = try probe.report(in: mount.directory + "/local")
            let found = try probe.report(in: mount.file("probe"))
            #expect(!expected.isEmpty, sourceLocation: sourceLocation)
            #expect(found == expected, sourceLocation: sourceLocation)
        }
    }
}
