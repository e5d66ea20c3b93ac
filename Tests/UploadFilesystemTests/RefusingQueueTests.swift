import Foundation
import LinuxIO
import Testing
import UploadCore

/// The queue's disk is full for a while: a change fails, or is reported to the queue later.
@Suite(.serialized, .needsFuse) struct RefusingQueueTests {
    private struct DiskFailure: LocalDiskError {
        let errno: Int32
    }

    @Test(arguments: [ENOSPC, EDQUOT, EROFS, EIO])
    func theErrorOfTheDiskReachesTheProgram(code: Int32) async throws {
        try await withMount { mount in
            try mount.write("x", to: "file")
            let file = try mount.openFile("file", O_WRONLY)
            _ = mount.queue.takeEvents()
            mount.queue.change { $0.failure = DiskFailure(errno: code) }
            #expect(throws: Errno(code)) { _ = try mount.openFile("new", O_WRONLY | O_CREAT | O_EXCL) }
            #expect(throws: Errno(code)) { try mount.setAttribute("user.upload.control", of: "file", to: "pause") }
            #expect(throws: Errno(code)) { try mount.setAttribute("user.upload.priority", of: "file", to: "1") }
            // A file that is passed through reports a change at its close.
            let changed: Int32 = write(file.rawValue, "y", 1) == 1 ? close(dup(file.rawValue)) : -1
            #expect(changed == -1 && errno == code)
            mount.queue.change { $0.failure = nil }
        }
    }

    @Test func aFileWhoseCreationFailsIsNotThere() async throws {
        try await withMount { mount in
            mount.queue.change { $0.failure = DiskFailure(errno: ENOSPC) }
            for _ in 0..<3 {
                #expect(throws: Errno(ENOSPC)) { _ = try mount.openFile("file", O_RDWR | O_CREAT) }
                #expect(mknod(mount.path("node"), S_IFREG | 0o600, 0) == -1 && errno == ENOSPC)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: mount.root) == [])
            #expect(throws: Errno(ENOENT)) { try mount.spool.openForReading(SpoolPath("file")) }
            mount.queue.change { $0.failure = nil }
            try mount.write("x", to: "file")
            #expect(mount.queue.takeEvents() == ["changes file", "closed file 1"])
        }
    }

    @Test func aCloseThatIsRefusedIsReportedLater() async throws {
        try await withMount { mount in
            try mount.write("x", to: "file")
            let file = try mount.openFile("file", O_WRONLY | O_APPEND)
            #expect(write(file.rawValue, "yz", 2) == 2)
            mount.queue.change { $0.failure = DiskFailure(errno: ENOSPC) }
            let descriptor = dup(file.rawValue)
            #expect(close(descriptor) == -1 && errno == ENOSPC)
            _ = consume file
            mount.queue.change { state in
                state.failure = nil
                state.events = []
            }
            try eventually(mount) { $0.last == "closed file 3" }
        }
    }

    @Test func aTruncationWhoseEndIsRefusedIsReportedLater() async throws {
        try await withMount { mount in
            try mount.write("12345", to: "file")
            _ = mount.queue.takeEvents()
            // The change is accepted and its end is not.
            mount.queue.change { $0.failureAfter = (1, DiskFailure(errno: ENOSPC)) }
            #expect(truncate(mount.path("file"), 2) == 0)
            #expect(mount.queue.events == ["changes file"])
            mount.queue.change { $0.failure = nil }
            try eventually(mount) { $0 == ["changes file", "closed file 2"] }
        }
    }

    @Test func aRenameIsReportedBeforeWhatComesAfterIt() async throws {
        try await withMount { mount in
            try mount.write("x", to: "a")
            _ = mount.queue.takeEvents()
            mount.queue.change { $0.failure = DiskFailure(errno: ENOSPC) }
            #expect(rename(mount.path("a"), mount.path("b")) == 0)
            #expect(rename(mount.path("b"), mount.path("c")) == -1 && errno == ENOSPC)
            mount.queue.change { $0.failure = nil }
            try mount.write("yy", to: "b")
            #expect(mount.queue.events == ["renamed a -> b", "changes b", "closed b 2"])
            mount.queue.change { state in
                state.events = []
                state.failure = DiskFailure(errno: ENOSPC)
            }
            #expect(unlink(mount.path("b")) == 0)
            mount.queue.change { $0.failure = nil }
            // Nobody does anything more.
            try eventually(mount) { $0 == ["removed b"] }
        }
    }

    @Test func timesThatCannotBeReportedAreNotSet() async throws {
        try await withMount { mount in
            try mount.write("x", to: "file")
            let before = try FileStatus(following: mount.path("file")).modifiedNanoseconds
            mount.queue.change { $0.failure = DiskFailure(errno: ENOSPC) }
            let root = try mount.directoryOfMount()
            #expect(throws: Errno(ENOSPC)) { try root.setTimes(accessed: .keep, modified: .set(seconds: 5), of: BytePath("file")) }
            #expect(try FileStatus(following: mount.path("file")).modifiedNanoseconds == before)
            mount.queue.change { $0.failure = nil }
        }
    }

    private func eventually(_ mount: TestMount, _ condition: ([String]) -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while !condition(mount.queue.events) {
            try #require(ContinuousClock.now < deadline, "\(mount.queue.events)")
            usleep(2000)
        }
    }
}
