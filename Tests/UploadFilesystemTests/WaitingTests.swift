import Foundation
import LinuxIO
import NIOConcurrencyHelpers
import Testing
import UploadCore
import UploadFilesystem

/// Calls that wait for the upload.
@Suite(.serialized, .needsFuse) struct WaitingTests {
    @Test func closeReturnsTheUploadsError() async throws {
        try await withMount({ $0.closeWaits = true }) { mount in
            mount.queue.change { $0.outcome = .failure(UploadError(.forbidden, "no")) }
            let file = try mount.openFile("file", O_WRONLY | O_CREAT)
            try file.writeAll("x")
            #expect(close(dup(file.rawValue)) == -1)
            #expect(errno == EACCES)
            #expect(mount.queue.takeEvents() == ["changes file", "closed file 1 urgent"])
            mount.queue.change { $0.outcome = .success(()) }
            try file.writeAll("y")
            #expect(close(dup(file.rawValue)) == 0)
            #expect(mount.queue.waits.count == 2)
        }
    }

    @Test func closeDoesNotWaitForATemporaryNameButItsRenameDoes() async throws {
        try await withMount({ $0.closeWaits = true }) { mount in
            mount.queue.change { $0.outcome = .failure(UploadError(.held, "held")) }
            let file = try mount.openFile(".file.tmp", O_WRONLY | O_CREAT)
            try file.writeAll("x")
            #expect(close(dup(file.rawValue)) == 0)
            let id = FileID(inode: try file.attributes().inode)
            mount.queue.change {
                $0.statuses[id] = UploadStatus(state: .held, bytesTotal: 1, destination: "")
                $0.outcome = .failure(UploadError(.quotaExceeded, "full"))
            }
            #expect(rename(mount.path(".file.tmp"), mount.path("file")) == -1)
            #expect(errno == EDQUOT)
            #expect(mount.queue.events.suffix(2) == ["renamed .file.tmp -> file", "closed file 1 urgent"])
        }
    }

    @Test func fsyncWaitsWithTheOption() async throws {
        try await withMount({ $0.fsyncWaits = true }) { mount in
            mount.queue.change { $0.outcome = .success(()) }
            let file = try mount.openFile("file", O_WRONLY | O_CREAT)
            try file.writeAll("x")
            try file.synchronize(metadata: true)
            let events = mount.queue.takeEvents()
            #expect(events.first == "changes file")
            // A child process that another test starts closes its copy of the descriptor, which is a close like any other: the
            // content may have been reported by it, without urgency.
            #expect(events.count == 2 && events[1].hasPrefix("closed file 1"))
            #expect(mount.queue.waits.count == 1)
        }
    }

    @Test func fsyncOfAnEmptyFileAsksForItsUpload() async throws {
        try await withMount({ $0.fsyncWaits = true }) { mount in
            mount.queue.change { $0.outcome = .success(()) }
            let file = try mount.openFile("file", O_WRONLY | O_CREAT)
            try file.synchronize(metadata: true)
            #expect(mount.queue.takeEvents() == ["changes file", "closed file 0 urgent"])
            #expect(mount.queue.waits.count == 1)
        }
    }

    /// Without it the upload would wait for the end of the open file, and so for its own end.
    @Test func fsyncAsksForTheUploadOfWhatWasClosedWithoutHaste() async throws {
        try await withMount({ $0.fsyncWaits = true }) { mount in
            mount.queue.change { $0.outcome = .success(()) }
            let file = try mount.openFile("file", O_WRONLY | O_CREAT)
            try file.writeAll("x")
            file.closeACopy()
            #expect(mount.queue.takeEvents() == ["changes file", "closed file 1"])
            try file.synchronize(metadata: true)
            #expect(mount.queue.takeEvents() == ["closed file 1 urgent"])
            try file.synchronize(metadata: true)
            #expect(mount.queue.takeEvents() == [])
            #expect(mount.queue.waits.count == 2)
        }
    }

    @Test func fsyncOfWhatIsNotUploadedDoesNotWait() async throws {
        try await withMount({ $0.fsyncWaits = true }) { mount in
            mount.queue.change { $0.outcome = .failure(UploadError(.held, "a temporary name")) }
            let file = try mount.openFile("file.tmp", O_WRONLY | O_CREAT)
            try file.writeAll("x")
            try file.synchronize(metadata: true)
            #expect(mount.queue.waits.count == 1)
            let removed = try mount.openFile("removed", O_WRONLY | O_CREAT)
            try removed.writeAll("x")
            #expect(unlink(mount.path("removed")) == 0)
            try removed.synchronize(metadata: true)
            #expect(mount.queue.waits.count == 1)
        }
    }

    @Test func everyCloseOfWhatWasWrittenWaits() async throws {
        try await withMount({ $0.closeWaits = true }) { mount in
            mount.queue.change { $0.outcome = .failure(UploadError(.forbidden, "no")) }
            let file = try mount.openFile("file", O_WRONLY | O_CREAT)
            try file.writeAll("x")
            for _ in 1...2 {
                #expect(close(dup(file.rawValue)) == -1)
                #expect(errno == EACCES)
            }
            #expect(mount.queue.waits.count == 2)
            #expect(mount.queue.takeEvents() == ["changes file", "closed file 1 urgent"])
            // Through this one nothing was written, nor while it was open.
            let other = try mount.openFile("file", O_WRONLY)
            #expect(close(dup(other.rawValue)) == 0)
            #expect(truncate(mount.path("file"), 0) == 0)
            #expect(mount.queue.waits.count == 2)
        }
    }

    @Test func theRenameOfAFragmentDoesNotMakeItWhole() async throws {
        try await withMount({ $0.closeWaits = true }) { mount in
            let spooled = mount.directory + "/state/spool/file"
            try Data("frag".utf8).write(to: URL(fileURLWithPath: spooled))
            let id = FileID(inode: try FileStatus(following: spooled).inode)
            mount.queue.change { $0.statuses[id] = UploadStatus(state: .held, bytesTotal: 4, destination: "") }
            #expect(rename(mount.path("file"), mount.path("renamed")) == 0)
            #expect(mount.queue.events == ["renamed file -> renamed"])
        }
    }

    @Test func readingWaitBlocksUntilASignalComes() async throws {
        try await withMount { mount in
            try mount.write("x", to: "file")
            let waiter = NIOLockedValueBox<pthread_t?>(nil)
            let outcome = NIOLockedValueBox<Errno?>(nil)
            Thread.detachNewThread {
                unblockSignals()
                waiter.withLockedValue { $0 = pthread_self() }
                do {
                    _ = try mount.attribute("user.upload.wait", of: "file")
                    outcome.withLockedValue { $0 = Errno(0) }
                } catch {
                    outcome.withLockedValue { $0 = error as? Errno }
                }
            }
            while mount.queue.waits.isEmpty { usleep(1000) }
            #expect(outcome.withLockedValue { $0 } == nil)
            // The mount installs a handler for SIGURG that does nothing.
            if let thread = waiter.withLockedValue({ $0 }) { pthread_kill(thread, SIGURG) }
            while outcome.withLockedValue({ $0 }) == nil { usleep(1000) }
            #expect(outcome.withLockedValue { $0 } == Errno(EINTR))
        }
    }

    @Test func readingWaitEndsWithTheUpload() async throws {
        try await withMount { mount in
            try mount.write("x", to: "file")
            mount.queue.change { $0.outcome = .success(()) }
            #expect(try mount.attribute("user.upload.wait", of: "file") == "uploaded")
            #expect(try mount.attribute("user.upload.wait", of: ".") == "uploaded")
            mount.queue.change { $0.outcome = .failure(UploadError(.tooLarge, "large")) }
            #expect(throws: Errno(EFBIG)) { try mount.attribute("user.upload.wait", of: "file") }
        }
    }
}

/// A thread that is started from a task inherits a mask that blocks signals.
private func unblockSignals() {
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
}
