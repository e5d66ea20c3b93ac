import Foundation
import LinuxIO
import Logging
import Spool
import Testing
import UploadCore
import UploadFilesystem

/// What is reported to the queue for what common programs do.
@Suite(.serialized, .needsFuse) struct QueueEventTests {
    @Test func copyingAFileIsOneChangeAndOneClose() async throws {
        try await withMount { mount in
            let source = mount.directory + "/source"
            try Data(count: 3_000_000).write(to: URL(fileURLWithPath: source))
            #expect(try run("cp", source, mount.path("copy")).status == 0)
            #expect(mount.queue.takeEvents() == ["changes copy", "closed copy 3000000"])
            #expect(try run("cp", "-p", source, mount.path("copy")).status == 0)
            #expect(mount.queue.takeEvents() == ["changes copy", "closed copy 3000000"])
        }
    }

    @Test func aTemporaryNameAndARename() async throws {
        try await withMount { mount in
            try mount.write("old", to: "file")
            try mount.write("new", to: ".file.X1")
            #expect(rename(mount.path(".file.X1"), mount.path("file")) == 0)
            #expect(
                mount.queue.events == [
                    "changes file", "closed file 3", "changes .file.X1", "closed .file.X1 3", "renamed .file.X1 -> file replacing",
                ])
        }
    }

    @Test func rsyncWritesUnderATemporaryName() async throws {
        try await withMount { mount in
            let source = mount.directory + "/source"
            try Data(count: 100).write(to: URL(fileURLWithPath: source))
            let result = try run("rsync", "-aX", source, mount.path("target"))
            #expect(result.status == 0, "\(result.output)")
            let events = mount.queue.events
            #expect(events.first?.hasPrefix("changes .target.") == true)
            #expect(events.contains { $0.hasPrefix("renamed .target.") && $0.hasSuffix(" -> target") })
            #expect(events.filter { $0.hasPrefix("closed") }.count == 1)
        }
    }

    @Test func writingInPlaceKeepsTheRest() async throws {
        try await withMount { mount in
            try mount.write("0123456789", to: "file")
            _ = mount.queue.takeEvents()
            let script = "printf ab | dd of=\(mount.path("file")) bs=1 seek=4 conv=notrunc 2>/dev/null"
            #expect(try run("sh", "-c", script).status == 0)
            #expect(try mount.read("file") == "0123ab6789")
            #expect(mount.queue.takeEvents() == ["changes file", "closed file 10"])
        }
    }

    @Test func readingAndChangingModesReportNothing() async throws {
        try await withMount { mount in
            try mount.write("x", to: "file")
            _ = mount.queue.takeEvents()
            _ = try mount.read("file")
            _ = try mount.openFile("file", O_RDWR)
            #expect(chmod(mount.path("file"), 0o600) == 0)
            #expect(chown(mount.path("file"), getuid(), getgid()) == 0)
            try mount.setAttribute("user.x", of: "file", to: "y")
            #expect(mount.queue.takeEvents() == [])
        }
    }

    @Test func timesAloneAreReportedAsTimes() async throws {
        try await withMount { mount in
            try mount.write("x", to: "file")
            _ = mount.queue.takeEvents()
            let root = try mount.directoryOfMount()
            try root.setTimes(accessed: .now, modified: .keep, of: BytePath("file"))
            #expect(mount.queue.takeEvents() == [])
            try root.setTimes(accessed: .keep, modified: .set(seconds: 7, nanoseconds: 9), of: BytePath("file"))
            #expect(mount.queue.takeEvents() == ["times 7000000009"])
            #expect(try FileStatus(following: mount.path("file")).modifiedNanoseconds == 7_000_000_009)
        }
    }

    @Test func truncatingByNameIsAChangeAndAClose() async throws {
        try await withMount { mount in
            try mount.write("0123456789", to: "file")
            _ = mount.queue.takeEvents()
            #expect(truncate(mount.path("file"), 3) == 0)
            #expect(mount.queue.takeEvents() == ["changes file", "closed file 3"])
        }
    }

    @Test func anEmptyFileIsUploadedToo() async throws {
        try await withMount { mount in
            try run("touch", mount.path("empty"))
            let events = mount.queue.events.filter { !$0.hasPrefix("times") }
            #expect(events == ["changes empty", "closed empty 0"])
        }
    }

    /// As flock(1) makes its lock file.
    @Test func aFileThatIsMadeByOpeningItForReadingIsUploadedToo() async throws {
        try await withMount { mount in
            do { _ = try mount.openFile("lock", O_RDONLY | O_CREAT) }
            #expect(mount.queue.takeEvents() == ["changes lock", "closed lock 0"])
        }
    }

    @Test func removingAndMovingDirectoriesIsReported() async throws {
        try await withMount { mount in
            let root = try mount.directoryOfMount()
            try root.makeDirectory(BytePath("a"), mode: 0o755)
            try mount.write("x", to: "a/file")
            let open = try mount.openFile("a/file", O_WRONLY)
            _ = mount.queue.takeEvents()
            try root.rename(BytePath("a"), to: BytePath("b"))
            try open.writeAll("yz")
            close(dup(open.rawValue))
            #expect(mount.queue.takeEvents() == ["renamed a -> b directory", "changes b/file", "closed b/file 2"])
            try root.removeFile(BytePath("b/file"))
            #expect(mount.queue.takeEvents() == ["removed b/file"])
        }
    }

    @Test func aQueueThatFailsFailsTheWriteAndChangesNothing() async throws {
        try await withMount { mount in
            try mount.write("kept", to: "file")
            try mount.untilStill()
            mount.queue.change { $0.failure = Errno(ENOSPC) }
            if TestMount.usesPassthrough {
                // The queue has to know of the writes that may come before the first one.
                #expect(throws: Errno(ENOSPC)) { _ = try mount.openFile("file", O_WRONLY) }
                #expect(try mount.read("file") == "kept")
                return
            }
            let file = try mount.openFile("file", O_WRONLY)
            #expect(throws: Errno(ENOSPC)) { try file.writeAll("lost") }
            #expect(throws: Errno(ENOSPC)) { _ = try mount.openFile("new", O_WRONLY | O_CREAT) }
            mount.queue.change { $0.failure = nil }
            #expect(try mount.read("file") == "kept")
            #expect(access(mount.path("new"), F_OK) == -1)
        }
    }

    /// As after a kill between the change in the spool and the word to the queue, and between the note and the change.
    @Test func aChangeOfNamesThatWasCutShortIsReportedAtTheNextStart() async throws {
        try await withMount { mount in
            try mount.write("x", to: "file")
            _ = mount.queue.takeEvents()
            let file = FileID(inode: try FileStatus(following: mount.path("file")).inode)
            let change = FileEvent.Change.renamed(
                file, from: SpoolPath("file"), to: SpoolPath("new"), isDirectory: false, replaced: nil)
            try mount.spool.intent.note(change)
            try Self.startAgain(mount)
            #expect(mount.queue.takeEvents() == [])
            try mount.spool.intent.note(change)
            try mount.spool.root.rename(BytePath("file"), to: BytePath("new"))
            try Self.startAgain(mount)
            #expect(mount.queue.takeEvents() == ["renamed file -> new"])
            #expect(try mount.spool.intent.unfinished() == nil)
        }
    }

    /// As after a kill between making a file in the spool and the word to the queue, and right after that word.
    @Test func aFileWhoseCreationWasCutShortIsRemovedAtTheNextStart() async throws {
        try await withMount { mount in
            try mount.write("", to: "known")
            try mount.write("x", to: "full")
            _ = mount.queue.takeEvents()
            _ = try mount.spool.root.open(BytePath("new"), O_WRONLY | O_CREAT, mode: 0o644)
            for name in ["new", "known", "full", "never"] { #expect(mount.spool.creations.note(SpoolPath(name)) != nil) }
            try Self.startAgain(mount)
            #expect(!mount.spool.exists(SpoolPath("new")))
            #expect(mount.spool.exists(SpoolPath("known")) && mount.spool.exists(SpoolPath("full")))
            #expect(mount.queue.takeEvents() == [])
            #expect(try mount.spool.creations.takeUnfinished() == [])
        }
    }

    /// No place stays taken, whatever became of the creation.
    @Test func thereIsANoteForEachOfManyCreations() async throws {
        try await withMount { mount in
            for index in 1...100 {
                try mount.write("x", to: "file \(index)")
                #expect(Glibc.open(mount.path("file \(index)"), O_WRONLY | O_CREAT | O_EXCL, 0o644) == -1)
            }
            #expect(mount.spool.creations.note(SpoolPath("one more")) != nil)
        }
    }

    @Test func anExchangeThatWasCutShortIsReportedAtTheNextStart() async throws {
        try await withMount { mount in
            try mount.write("x", to: "a")
            try mount.write("y", to: "b")
            _ = mount.queue.takeEvents()
            let file = FileID(inode: try FileStatus(following: mount.path("a")).inode)
            let change = FileEvent.Change.exchanged(file, SpoolPath("a"), SpoolPath("b"), id: 7)
            try mount.spool.intent.note(change)
            #expect(try mount.spool.intent.unfinished() == change)
            try Self.startAgain(mount)
            #expect(mount.queue.takeEvents() == [])
            try mount.spool.intent.note(change)
            try mount.spool.root.rename(BytePath("a"), to: BytePath("b"), flags: 2)
            try Self.startAgain(mount)
            #expect(mount.queue.takeEvents() == ["exchanged a <-> b"])
        }
    }

    @Test func swappedNamesAreReportedAsOneChange() async throws {
        try await withMount { mount in
            let root = try mount.directoryOfMount()
            try root.makeDirectory(BytePath("d"), mode: 0o755)
            try mount.write("in d", to: "d/file")
            try mount.write("alone", to: "other")
            let open = try mount.openFile("d/file", O_WRONLY)
            _ = mount.queue.takeEvents()
            // RENAME_EXCHANGE
            try root.rename(BytePath("d"), to: BytePath("other"), flags: 2)
            #expect(try mount.read("d") == "alone")
            #expect(try mount.read("other/file") == "in d")
            try open.writeAll("IN")
            close(dup(open.rawValue))
            #expect(mount.queue.takeEvents() == ["exchanged d <-> other", "changes other/file", "closed other/file 4"])
            #expect(throws: Errno(ENOENT)) { try root.rename(BytePath("d"), to: BytePath("absent"), flags: 2) }
        }
    }

    private static func startAgain(_ mount: TestMount) throws {
        _ = try UploadFilesystem(
            spool: mount.spool, queue: mount.queue, options: FilesystemOptions(source: "gs://demo"), logger: Logger(label: "mount"))
    }
}
