import Foundation
import Spool
import Testing
import UploadCore
import UploadTestServer
import UploadTesting

/// A state directory whose files were damaged between two runs. `UPLOADFS_CORRUPTIONS` sets how many times, one seed each.
@Suite struct StateCorruptionTests {
    static let seeds = 0..<(ProcessInfo.processInfo.environment["UPLOADFS_CORRUPTIONS"].flatMap { UInt64($0) } ?? 40)

    @Test(arguments: seeds) func everyAcceptedFileArrives(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        try await withEngine { fixture in
            try await fixture.leaveAtEveryStage()
            let damage = try damage(to: fixture.directory + "/state", &random)
            fixture.server.faults.clear()
            do {
                try fixture.start()
            } catch let error as StateDirectoryError {
                // Of which destination or version the directory is cannot be guessed.
                #expect(damage.contains("/destination") || damage.contains("/version"), "\(damage): \(error)")
                return
            } catch {
                Issue.record("\(damage): \(error)")
                return
            }
            try await fixture.eventually("everything is uploaded after \(damage)") { try fixture.isComplete() }
        }
    }

    /// - Returns: what was done, for the message of a failure.
    private func damage(to state: String, _ random: inout SeededRandom) throws -> String {
        let files = try FileManager.default.subpathsOfDirectory(atPath: state)
            .filter { !$0.hasPrefix("spool") }.map { "\(state)/\($0)" }
            .filter { path in
                let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? NSNumber
                var isDirectory: ObjCBool = false
                return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && !isDirectory.boolValue && (size?.intValue ?? 0) > 0
            }.sorted()
        let file = try #require(files.randomElement(using: &random))
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let kind: String
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
            kind = "one bit flipped"
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1:
            kind = "bytes changed"
            for _ in 0..<8 { bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random) }
        case 2:
            kind = "a block of zeros"
            for index in place..<min(place + 512, bytes.count) { bytes[index] = 0 }
        case 3:
            kind = "a block of anything"
            for index in place..<min(place + 4096, bytes.count) { bytes[index] = .random(in: 0...255, using: &random) }
        default:
            kind = "cut"
            bytes = bytes.prefix(place)
        }
        try bytes.write(to: URL(fileURLWithPath: file))
        return "\(kind) at \(place) of \(file)"
    }
}

extension EngineFixture {
    /// Stops with files that are uploaded, on their way, not begun, renamed and removed.
    fileprivate func leaveAtEveryStage() async throws {
        for name in ["a", "d/b", "d/c", "gone"] {
            let id = try write(name, pattern(2000))
            try await eventually("\(name) is uploaded") { try state(id) == .uploaded }
        }
        server.faults.set([
            Fault(.part, skip: 2, times: nil, action: FaultAction(stallAfterBytes: 1000)),
            Fault(.multipart, times: nil, action: FaultAction(status: 503)), Fault(.rewrite, times: nil, action: FaultAction(status: 503)),
            Fault(.delete, times: nil, action: FaultAction(status: 503)),
        ])
        let large = try write("large", pattern(5 * Int(Self.chunk)))
        try await twoPartsAreConfirmed(of: large)
        try write("d/new", pattern(3000, seed: 2))
        try write("a", pattern(3000, seed: 3))
        try rename("d/b", "d/moved")
        try remove("gone")
        try engine.report(.priority(3, .file(large)))
        try await stop()
    }

    /// Whether every file of the spool is uploaded as it is, and nothing else is at the service without a word about it.
    fileprivate func isComplete() throws -> Bool {
        let files = ["a", "d/c", "d/moved", "d/new", "large"]
        for name in files {
            guard try state(fileID(name)) == .uploaded, let object = try? object(name) else { return false }
            if try object != Data(contentsOf: URL(fileURLWithPath: spoolPath(name))) { return false }
        }
        let extra = try keys.filter { !files.map { "p/\($0)" }.contains($0) }
        return try extra.isEmpty || engine.status(below: .root).error != nil
    }
}
