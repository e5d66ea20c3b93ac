import Foundation
import LinuxIO
import Testing
import UploadCore

@testable import UploadFilesystem

@Suite(.serialized, .needsFuse) struct StatusTests {
    @Test func aFileShowsItsUploadStatus() async throws {
        try await withMount { mount in
            let id = try file(in: mount) {
                UploadStatus(
                    state: .waiting, bytesTotal: 200, bytesConfirmed: 50, rate: 10, attempts: 3, error: "The server is busy.",
                    nextAttemptAt: Date(timeIntervalSince1970: 0), destination: "gs://demo/file", etag: "abc", checksum: "crc32c:AAAAAA==",
                    priority: 2)
            }
            #expect(id.inode != 0)
            let expected = [
                "state": "waiting", "percent": "25", "bytes_total": "200", "bytes_confirmed": "50", "rate": "10", "eta": "15",
                "attempts": "3", "error": "The server is busy.", "next_attempt_at": "1970-01-01T00:00:00Z",
                "destination": "gs://demo/file", "etag": "abc", "checksum": "crc32c:AAAAAA==", "priority": "2", "uploaded_at": "",
            ]
            for (name, value) in expected {
                #expect(try mount.attribute("user.upload." + name, of: "file") == value, "\(name)")
            }
            let json = try mount.attribute("user.upload.json", of: "file")
            let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
            #expect(object?["percent"] as? Int == 25)
            #expect(object?["error"] as? String == "The server is busy.")
            let names = try mount.attributeNames(of: "file")
            #expect(names.contains("user.upload.state"))
            #expect(!names.contains("user.upload.uploaded_at"))
            #expect(!names.contains("user.upload.wait"))
        }
    }

    @Test(arguments: [
        (0, 0), (1.9, 1), (1e18, 1_000_000_000_000_000_000), (1e19, Int64.max), (.infinity, .max), (.nan, 0), (-.infinity, 0), (-1e300, 0),
    ])
    func anyRateIsANumber(rate: Double, shown: Int64) {
        let status = UploadStatus(state: .uploading, bytesTotal: .max, rate: rate, destination: "")
        #expect(StatusReport(status).fields.first { $0.name == "rate" }?.value == .number(shown))
    }

    @Test func aFileThatIsBeingWrittenIsOpen() async throws {
        try await withMount { mount in
            let file = try mount.openFile("file", O_WRONLY | O_CREAT)
            try file.writeAll("12345")
            #expect(try mount.attribute("user.upload.state", of: "file") == "open")
            #expect(try mount.attribute("user.upload.bytes_total", of: "file") == "5")
            close(dup(file.rawValue))
            #expect(try mount.attribute("user.upload.state", of: "file") == "open")
        }
    }

    /// A command or a priority is one of the known ones, whatever bytes somebody sets.
    @Test func valuesOfAnyBytesAreStoredOrRefused() async throws {
        try await withMount { mount in
            try mount.write("x", to: "file")
            let root = try mount.directoryOfMount()
            _ = mount.queue.takeEvents()
            func set(_ name: String, _ value: [UInt8]) -> Int32 {
                let outcome = value.withUnsafeBytes { bytes in
                    Result { () throws(Errno) in try ExtendedAttributes(of: BytePath("file"), in: root).set(BytePath(name), to: bytes, flags: 0) }
                }
                if case .failure(let error) = outcome { return error.code }
                return 0
            }
            let texts = [
                "", "0", "+3", "-0", "10", "11", "-11", "9223372036854775808", "-9223372036854775809", "1e1", "٣", "3\u{301}", "3\n", "3\0", " 3",
                "pause", "PAUSE", "pause\n",
                "pause\0", "pausé", "p\u{301}ause",
            ]
            let values = texts.map { Array($0.utf8) } + [[0xff], [0x33, 0xff], [UInt8](repeating: 0x39, count: 5000), (0...255).map { UInt8($0) }]
            for value in values {
                for name in ["user.upload.control", "user.upload.priority"] {
                    let code = set(name, value)
                    let isKnown = ["pause", "0", "+3", "-0", "10"].contains { Array($0.utf8) == value }
                    #expect(code == 0 || code == EINVAL, "\(name) \(value)")
                    #expect(code != 0 || isKnown, "\(name) \(value)")
                }
                #expect(set("user.upload.wait", value) == EINVAL)
                #expect(set("user.upload.nonsense", value) == EINVAL)
                #expect(set("user.upload.state", value) == 0, "ignored, as programs bring it along")
                if value.count < 3000 {
                    for name in ["user.upload.meta.key", "user.upload.storage_class", "user.mime_type", "user.é", "user.e\u{301}", "user.\u{301}"] {
                        #expect(set(name, value) == 0)
                        #expect(try ExtendedAttributes(of: BytePath("file"), in: root).value(of: BytePath(name)) == value)
                    }
                }
            }
            #expect(set("user.upload.meta.", [1]) == EINVAL)
            #expect(Set(mount.queue.takeEvents()) == ["control pause", "priority 0", "priority 3", "priority 10"])
        }
    }

    @Test func aDirectorySumsUp() async throws {
        try await withMount { mount in
            try mount.write("x", to: "file")
            #expect(try mount.attribute("user.upload.files_total", of: ".") == "1")
            #expect(try mount.attribute("user.upload.state", of: ".") == "queued")
            #expect(throws: Errno(ENODATA)) { try mount.attribute("user.upload.etag", of: ".") }
        }
    }

    @Test func commandsAndPriorityReachTheQueue() async throws {
        try await withMount { mount in
            try mount.write("x", to: "file")
            _ = mount.queue.takeEvents()
            try mount.setAttribute("user.upload.control", of: "file", to: "pause")
            try mount.setAttribute("user.upload.priority", of: "file", to: "-3")
            #expect(mount.queue.takeEvents() == ["control pause", "priority -3"])
            #expect(throws: Errno(EINVAL)) { try mount.setAttribute("user.upload.control", of: "file", to: "explode") }
            #expect(throws: Errno(EINVAL)) { try mount.setAttribute("user.upload.priority", of: "file", to: "11") }
            #expect(throws: Errno(EINVAL)) { try mount.setAttribute("user.upload.colour", of: "file", to: "x") }
            try mount.setAttribute("user.upload.state", of: "file", to: "uploaded")
            #expect(mount.queue.takeEvents() == [])
        }
    }

    @Test func copyingWithAllAttributesSucceedsBothWays() async throws {
        try await withMount { mount in
            try mount.write("x", to: "file")
            #expect(try run("cp", "-a", mount.path("file"), mount.path("second")).status == 0)
            for (source, target) in [(mount.path("file"), mount.directory + "/local"), (mount.directory + "/local", mount.path("third"))] {
                let result = try run("rsync", "-aX", source, target)
                #expect(result.status == 0, "\(result.output)")
            }
        }
    }

    @Test func theStatusPageIsThereWhenNamed() async throws {
        try await withMount { mount in
            try mount.write("x", to: "file")
            #expect(try FileManager.default.contentsOfDirectory(atPath: mount.root) == ["file"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: mount.path(".uploadfs")) == ["status.json"])
            let result = try run("cat", mount.path(".uploadfs/status.json"))
            let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
            #expect(object?["files_total"] as? Int == 1)
            #expect((object?["files"] as? [[String: Any]])?.first?["path"] as? String == "some/file")
            #expect(throws: Errno(EACCES)) { _ = try mount.openFile(".uploadfs/status.json", O_WRONLY) }
            #expect(access(mount.path(".uploadfs/metrics"), F_OK) == -1)
            #expect(mkdir(mount.path(".uploadfs/x"), 0o755) == -1)
        }
    }

    private func file(in mount: TestMount, _ status: () -> UploadStatus) throws -> FileID {
        try mount.write("x", to: "file")
        let id = FileID(inode: try FileStatus(following: mount.path("file")).inode)
        mount.queue.change { $0.statuses[id] = status() }
        return id
    }
}
