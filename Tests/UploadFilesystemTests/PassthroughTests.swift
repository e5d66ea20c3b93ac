import Foundation
import LinuxIO
import NIOConcurrencyHelpers
import Testing

@testable import UploadFilesystem

/// What is reported to the queue for writes that bypass the mount process.
@Suite(.serialized, .needsFuse, .needsPassthrough) struct PassthroughTests {
    @Test func writesAreNotSeenAndTheCloseFindsThem() async throws {
        try await withMount(passthrough: true) { mount in
            let file = try mount.openFile("file", O_RDWR | O_CREAT)
            try file.writeAll("0123456789")
            #expect(mount.queue.takeEvents() == ["changes file"])
            #expect(mount.queue.filesUnseen == 1)
            #expect(try mount.read("file") == "0123456789")
            #expect(try file.attributes().size == 10)
            file.closeACopy()
            #expect(mount.queue.takeEvents() == ["closed file 10"])
            try file.writeAll("abc", at: 4)
            #expect(mount.queue.takeEvents() == [])
            #expect(try mount.read("file") == "0123abc789")
            _ = consume file
            try mount.untilStill()
            #expect(mount.queue.takeEvents() == ["changes file", "closed file 10"])
        }
    }

    @Test func openingForWritingWithoutWritingIsNoChange() async throws {
        try await withMount(passthrough: true) { mount in
            try mount.write("text", to: "file")
            try mount.untilStill()
            _ = mount.queue.takeEvents()
            for flags in [O_WRONLY, O_RDWR, O_WRONLY | O_APPEND] {
                let count = mount.queue.mayChangeCount
                _ = try mount.openFile("file", flags)
                #expect(mount.queue.mayChangeCount == count + 1)
                try mount.untilStill()
            }
            #expect(mount.queue.takeEvents() == [])
            _ = try mount.openFile("file", O_RDONLY)
            #expect(mount.queue.mayChangeCount == 3)
        }
    }

    @Test func touchingSetsTheTimesAndIsNoChange() async throws {
        try await withMount(passthrough: true) { mount in
            try mount.write("text", to: "file")
            try mount.untilStill()
            _ = mount.queue.takeEvents()
            #expect(try run("touch", mount.path("file")).status == 0)
            #expect(try run("touch", "-d", "2020-01-01T00:00:00Z", mount.path("file")).status == 0)
            try mount.untilStill()
            let events = mount.queue.takeEvents()
            #expect(events.count == 2)
            #expect(events.last == "times 1577836800000000000")
            #expect(events.allSatisfy { $0.hasPrefix("times") })
        }
    }

    /// A store through a map could hide behind the new time.
    @Test func touchingAFileThatMayBeMappedCountsAsAChange() async throws {
        try await withMount(passthrough: true) { mount in
            try mount.write("text", to: "file")
            try mount.untilStill()
            _ = mount.queue.takeEvents()
            let writer = try mount.openFile("file", O_WRONLY)
            #expect(try run("touch", "-d", "2020-01-01T00:00:00Z", mount.path("file")).status == 0)
            #expect(mount.queue.takeEvents() == ["times 1577836800000000000"])
            let both = try mount.openFile("file", O_RDWR)
            #expect(try run("touch", "-d", "2021-01-01T00:00:00Z", mount.path("file")).status == 0)
            #expect(mount.queue.takeEvents() == ["changes file", "closed file 4"])
            _ = consume both
            _ = consume writer
        }
    }

    /// There is no moment then of which one could say what the file holds, and so nothing to upload.
    @Test func whatIsWrittenWithoutAPauseIsTooBusyToWaitFor() async throws {
        try await withMount({ $0.closeWaits = true }, passthrough: true) { mount in
            mount.queue.change { $0.outcome = .success(()) }
            let (mayWrite, hasEnded) = (NIOLockedValueBox(true), NIOLockedValueBox(false))
            let path = mount.path("file")
            let other = try mount.openFile("file", O_WRONLY | O_CREAT)
            Thread.detachNewThread {
                let bytes = [UInt8](repeating: 1, count: 4 << 20)
                let descriptor = open(path, O_RDWR)
                while mayWrite.withLockedValue({ $0 }) { _ = pwrite(descriptor, bytes, bytes.count, 0) }
                close(descriptor)
                hasEnded.withLockedValue { $0 = true }
            }
            defer { mayWrite.withLockedValue { $0 = false } }
            try eventually { close(dup(other.rawValue)) == -1 && errno == EBUSY }
            mayWrite.withLockedValue { $0 = false }
            try eventually { hasEnded.withLockedValue { $0 } }
            #expect(close(dup(other.rawValue)) == 0)
            #expect(mount.queue.events.last == "closed file \(4 << 20) urgent")
        }
    }

    /// `cp -p` and `rsync` do so before their last close, and a program may mean to hide that it wrote.
    @Test(arguments: [ChangeTimes.fine, .coarse]) func settingTheTimeBackHidesNoWrite(times: ChangeTimes) async throws {
        try await withMount(passthrough: true, times: times) { mount in
            try mount.write("text", to: "file")
            try mount.untilStill()
            _ = mount.queue.takeEvents()
            let file = try mount.openFile("file", O_WRONLY)
            let before = try file.attributes().modified
            try file.writeAll("TEXT", at: 0)
            try file.setTimes(accessed: .keep, modified: .set(before))
            #expect(try file.attributes().modifiedNanoseconds == FileStatus(inode: 0, mode: 0, user: 0, group: 0, time: before).modifiedNanoseconds)
            #expect(mount.queue.takeEvents() == ["changes file"])
            _ = consume file
            try mount.untilStill()
            #expect(mount.queue.takeEvents() == ["closed file 4"])
        }
    }

    @Test(arguments: [ChangeTimes.fine, .coarse]) func theFirstOfManyQuickWritesIsNoticedLikeTheLast(times: ChangeTimes) async throws {
        try await withMount(passthrough: true, times: times) { mount in
            try mount.write("0", to: "file")
            for round in 1...50 {
                try mount.untilStill()
                _ = mount.queue.takeEvents()
                try mount.openFile("file", O_WRONLY).writeAll("\(round % 10)", at: 0)
                try mount.untilStill()
                #expect(mount.queue.takeEvents() == ["changes file", "closed file 1"], "round \(round)")
            }
        }
    }

    @Test func readersAndWritersOfAllKindsShareTheFile() async throws {
        try await withMount(passthrough: true) { mount in
            let writer = try mount.openFile("file", O_WRONLY | O_CREAT)
            let reader = try mount.openFile("file", O_RDONLY)
            let both = try mount.openFile("file", O_RDWR)
            let appender = try mount.openFile("file", O_WRONLY | O_APPEND)
            try writer.writeAll("one ")
            try appender.writeAll("two ")
            #expect(try both.text() == "one two ")
            try both.truncate(to: 3)
            #expect(try reader.text() == "one")
            let truncating = try mount.openFile("file", O_WRONLY | O_TRUNC)
            #expect(try reader.text() == "")
            try truncating.writeAll("new")
            #expect(try reader.text() == "new")
        }
    }

    @Test func storesThroughAMapAreReportedWhenItIsGone() async throws {
        try await withMount(passthrough: true) { mount in
            try mount.write("0123456789", to: "file")
            try mount.untilStill()
            _ = mount.queue.takeEvents()
            let map = try mount.map("file", length: 10)
            // The file is closed, and the map is not.
            #expect(mount.queue.filesUnseen == 1)
            map.storeBytes(of: UInt8(ascii: "x"), toByteOffset: 3, as: UInt8.self)
            #expect(mount.queue.takeEvents() == [])
            #expect(mount.queue.filesUnseen == 1)
            munmap(map, 10)
            try mount.untilStill()
            #expect(mount.queue.takeEvents() == ["changes file", "closed file 10"])
            #expect(try mount.read("file") == "012x456789")
        }
    }

    @Test func aMapWithoutStoresIsNoChange() async throws {
        try await withMount(passthrough: true) { mount in
            try mount.write("0123456789", to: "file")
            try mount.untilStill()
            _ = mount.queue.takeEvents()
            let map = try mount.map("file", length: 10)
            #expect(map.load(as: UInt8.self) == UInt8(ascii: "0"))
            munmap(map, 10)
            try mount.untilStill()
            #expect(mount.queue.takeEvents() == [])
        }
    }

    @Test func theTimeOfAFileThatIsChangedThroughAMapIsShown() async throws {
        try await withMount(passthrough: true) { mount in
            try mount.write("0123456789", to: "file")
            let before = try FileStatus(following: mount.path("file")).modifiedNanoseconds
            let map = try mount.map("file", length: 10)
            map.storeBytes(of: UInt8(ascii: "x"), as: UInt8.self)
            munmap(map, 10)
            try mount.untilStill()
            #expect(try FileStatus(following: mount.path("file")).modifiedNanoseconds != before)
        }
    }

    @Test func theStatusOfAFileThatIsBeingWrittenIsOpen() async throws {
        try await withMount(passthrough: true) { mount in
            try mount.write("text", to: "file")
            try mount.untilStill()
            _ = mount.queue.takeEvents()
            let file = try mount.openFile("file", O_WRONLY)
            try file.writeAll("more", at: 4)
            #expect(try mount.attribute("user.upload.state", of: "file") == "open")
            #expect(mount.queue.takeEvents() == ["changes file"])
            _ = consume file
            try mount.untilStill()
            #expect(mount.queue.takeEvents() == ["closed file 8"])
        }
    }

    @Test func aRemovedFileIsNotSpokenOf() async throws {
        try await withMount(passthrough: true) { mount in
            let file = try mount.openFile("file", O_RDWR | O_CREAT)
            try file.writeAll("text")
            file.closeACopy()
            _ = mount.queue.takeEvents()
            #expect(unlink(mount.path("file")) == 0)
            try file.writeAll("more", at: 4)
            #expect(try file.text() == "textmore")
            file.closeACopy()
            _ = consume file
            try mount.write("", to: "other")
            try eventually { mount.queue.events.contains("closed other 0") }
            #expect(mount.queue.takeEvents() == ["removed file", "changes other", "closed other 0"])
        }
    }

    @Test func aWriteOfAnotherUserTakesSetUserIDAway() async throws {
        try await withMount(allowOther: true, passthrough: true) { mount in
            try mount.write("text", to: "file")
            try mount.untilStill()
            #expect(chmod(mount.path("file"), 0o4777) == 0)
            #expect(try run("setpriv", "--reuid=65534", "--clear-groups", "sh", "-c", "echo more >> \(mount.path("file"))").status == 0)
            #expect(try FileStatus(following: mount.path("file")).mode & 0o7777 == 0o777)
        }
    }
}

extension RecordingQueue {
    var filesUnseen: Int { state.withLockedValue { $0.unseen.count } }
    var mayChangeCount: Int { state.withLockedValue { $0.mayChange } }
}

extension TestMount {
    /// Waits until no one can write unseen: the kernel reports the last close some time after it.
    func untilStill() throws {
        try eventually { queue.filesUnseen == 0 }
    }

    /// A map of a file that is closed again.
    func map(_ name: String, length: Int) throws -> UnsafeMutableRawPointer {
        let file = try openFile(name, O_RDWR)
        let map = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, file.rawValue, 0)
        guard let map, map != MAP_FAILED else { throw Errno.current }
        return map
    }
}

/// Polls until `condition` is true, for as long as a slow machine may need.
func eventually(_ condition: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(180)
    while try !condition() {
        guard ContinuousClock.now < deadline else { throw Errno(ETIMEDOUT) }
        usleep(1000)
    }
}

extension Descriptor {
    /// What a child process does that has inherited it.
    func closeACopy() {
        close(dup(rawValue))
    }

    func writeAll(_ text: String, at offset: Int64) throws {
        let bytes = Array(text.utf8)
        try bytes.withUnsafeBytes { _ = try write($0, at: offset) }
    }

    func text() throws -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = try buffer.withUnsafeMutableBytes { try read(at: 0, into: $0) }
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
