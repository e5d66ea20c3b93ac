import Foundation
import Logging
import Testing

@testable import Commands

struct LogTests {
    @Test func aLogFileIsMovedAsideBeforeItGrowsBeyondItsBound() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "uploadfs-log-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "log").path
        let log = try LogFile(path: path, sizeMax: 100)
        for number in 0..<30 { log.append("line number \(number)\n") }
        let (now, before) = (try String(contentsOfFile: path, encoding: .utf8), try String(contentsOfFile: path + ".1", encoding: .utf8))
        #expect(now.utf8.count <= 100 && before.utf8.count <= 100)
        #expect(now.hasSuffix("line number 29\n"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).count == 2)
    }

    @Test func aLineNamesTimeLevelMessageAndFacts() {
        let lines = Lines()
        var logger = Logger(label: "test") { _ in LineLogHandler(write: lines.add) }
        logger[metadataKey: "upload-id"] = "7"
        logger.warning("an attempt failed", metadata: ["error": "no way\nmade up line", "code": "x"])
        #expect(lines.all.count == 1)
        #expect(lines.all[0].hasSuffix("Z warning: an attempt failed code=x error=\"no way?made up line\" upload-id=7\n"))
    }

    private final class Lines: @unchecked Sendable {
        // @unchecked: one thread writes and reads.
        private(set) var all: [String] = []

        func add(_ line: String) { all.append(line) }
    }
}
