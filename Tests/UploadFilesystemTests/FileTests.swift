import Foundation
import LinuxIO
import Spool
import Testing
import UploadCore

@Suite(.serialized, .needsFuse) struct FileTests {
    @Test func aFileIsCreatedAppendedTruncatedAndRead() async throws {
        try await withMount { mount in
            try mount.write("hello", to: "file")
            let file = try mount.openFile("file", O_WRONLY | O_APPEND)
            #expect(write(file.rawValue, " world", 6) == 6)
            #expect(try mount.read("file") == "hello world")
            try file.truncate(to: 4)
            #expect(try mount.read("file") == "hell")
            #expect(try FileStatus(following: mount.path("file")).size == 4)
        }
    }

    /// Writers that only write go around the page cache, readers through it; whoever comes second, none sees old bytes.
    @Test(arguments: [true, false]) func readersSeeWhatWritersWrite(_ readerComesFirst: Bool) async throws {
        try await withMount { mount in
            try mount.write(String(repeating: "a", count: 10_000), to: "file")
            let path = mount.path("file")
            let first = Glibc.open(path, readerComesFirst ? O_RDONLY : O_WRONLY)
            let second = Glibc.open(path, readerComesFirst ? O_WRONLY : O_RDONLY)
            defer {
                close(first)
                close(second)
            }
            let (reader, writer) = readerComesFirst ? (first, second) : (second, first)
            for step in 0..<20 {
                let bytes = [UInt8](repeating: UInt8(ascii: "b") + UInt8(step), count: 3000)
                var seen = [UInt8](repeating: 0, count: 3000)
                #expect(pread(reader, &seen, seen.count, off_t(step * 100)) == seen.count)
                #expect(pwrite(writer, bytes, bytes.count, off_t(step * 100)) == bytes.count)
                #expect(pread(reader, &seen, seen.count, off_t(step * 100)) == seen.count)
                #expect(seen == bytes)
            }
        }
    }

    @Test func aFileThatIsBeingWrittenCanBeMappedShared() async throws {
        try await withMount { mount in
            try mount.write("hello", to: "file")
            let writer = try mount.openFile("file", O_WRONLY)
            let reader = try mount.openFile("file", O_RDONLY)
            let map = try #require(mmap(nil, 5, PROT_READ, MAP_SHARED, reader.rawValue, 0))
            #expect(map != MAP_FAILED)
            #expect(String(decoding: UnsafeRawBufferPointer(start: map, count: 5), as: UTF8.self) == "hello")
            #expect(pwrite(writer.rawValue, "J", 1, 0) == 1)
            #expect(String(decoding: UnsafeRawBufferPointer(start: map, count: 5), as: UTF8.self) == "Jello")
            munmap(map, 5)
        }
    }

    @Test func accessFollowsTheSpoolsPermissions() async throws {
        try await withMount { mount in
            try mount.write("#!/bin/sh", to: "script")
            #expect(chmod(mount.path("script"), 0o644) == 0)
            #expect(access(mount.path("script"), X_OK) == -1 && errno == EACCES)
            #expect(access(mount.path("script"), R_OK) == 0)
            #expect(chmod(mount.path("script"), 0o755) == 0)
            #expect(access(mount.path("script"), X_OK) == 0)
        }
    }

    @Test func namesOfAnyBytesWork() async throws {
        try await withMount { mount in
            let root = try mount.directoryOfMount()
            let names: [[UInt8]] = [[0xff, 0xfe], Array("a\nb".utf8), Array("*\\\"'".utf8), [UInt8](repeating: 0x41, count: 255)]
            for name in names {
                _ = try root.open(BytePath(name), O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            }
            var stream = try DirectoryStream(BytePath("."), in: root)
            var found: Set<[UInt8]> = []
            while let entry = try stream.next() { found.insert(entry.name) }
            #expect(found.isSuperset(of: names))
            #expect(throws: Errno(ENAMETOOLONG)) { try root.attributes(of: BytePath([UInt8](repeating: 0x41, count: 256))) }
        }
    }

    @Test func anUnlinkedFileStaysUsableWhileItIsOpen() async throws {
        try await withMount { mount in
            let file = try mount.openFile("file", O_RDWR | O_CREAT)
            try file.writeAll("one")
            _ = mount.queue.takeEvents()
            #expect(unlink(mount.path("file")) == 0)
            try file.writeAll("three")
            #expect(try file.attributes().size == 5)
            try file.setMode(0o600)
            try file.setTimes(accessed: .keep, modified: .set(seconds: 5))
            #expect(try file.attributes().modifiedNanoseconds == 5_000_000_000)
            try file.truncate(to: 2)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 10, alignment: 1)
            defer { buffer.deallocate() }
            #expect(try file.read(at: 0, into: buffer) == 2)
            #expect(mount.queue.events == ["removed file"])
        }
    }

    @Test func aReplacedFileStaysUsableWhileItIsOpen() async throws {
        try await withMount { mount in
            try mount.write("old", to: "file")
            let old = try mount.openFile("file", O_RDONLY)
            try mount.write("newer", to: "other")
            #expect(rename(mount.path("other"), mount.path("file")) == 0)
            #expect(try old.attributes().size == 3)
            #expect(try mount.read("file") == "newer")
        }
    }

    @Test func symbolicLinksAndDirectoriesWork() async throws {
        try await withMount { mount in
            let root = try mount.directoryOfMount()
            try root.makeDirectory(BytePath("a"), mode: 0o755)
            try root.makeDirectory(BytePath("a/b"), mode: 0o700)
            try mount.write("x", to: "a/b/file")
            try root.makeSymbolicLink(BytePath("link"), to: BytePath("a/b/file"))
            #expect(try root.symbolicLinkTarget(of: BytePath("link")) == Array("a/b/file".utf8))
            #expect(try mount.read("link") == "x")
            try root.rename(BytePath("a"), to: BytePath("c"))
            #expect(try mount.read("c/b/file") == "x")
            try mount.write("y", to: "c/b/file")
            #expect(throws: Errno(ENOTEMPTY)) { try root.removeDirectory(BytePath("c")) }
            try root.removeFile(BytePath("c/b/file"))
            try root.removeDirectory(BytePath("c/b"))
            try root.removeDirectory(BytePath("c"))
            #expect(throws: Errno(ENOENT)) { try root.attributes(of: BytePath("c")) }
        }
    }

    @Test func aThousandNamesAreListedOnce() async throws {
        try await withMount { mount in
            let root = try mount.directoryOfMount()
            try root.makeDirectory(BytePath("many"), mode: 0o755)
            for index in 0..<1000 { try mount.write("", to: "many/\(index)") }
            for _ in 0..<2 {
                let names = try FileManager.default.contentsOfDirectory(atPath: mount.path("many"))
                #expect(names.count == 1000)
                #expect(Set(names).count == 1000)
            }
        }
    }

    @Test func holesAreFoundAndMade() async throws {
        try await withMount { mount in
            let file = try mount.openFile("sparse", O_RDWR | O_CREAT)
            try file.truncate(to: 1 << 20)
            let bytes = [UInt8](repeating: 7, count: 4096)
            _ = try bytes.withUnsafeBytes { try file.write($0, at: 512 << 10) }
            #expect(try file.seek(0, 3) == 512 << 10)
            #expect(try file.seek(512 << 10, 4) == (512 << 10) + 4096)
            try file.allocate(mode: 0, offset: 1 << 20, length: 4096)
            #expect(try file.attributes().size == (1 << 20) + 4096)
        }
    }

    @Test func aRangeIsCopiedInside() async throws {
        try await withMount { mount in
            try mount.write("0123456789", to: "source")
            let source = try mount.openFile("source", O_RDONLY)
            let target = try mount.openFile("target", O_RDWR | O_CREAT)
            #expect(try source.copyRange(at: 2, to: target, at: 1, length: 5) == 5)
            #expect(try mount.read("target") == "\u{0}23456")
        }
    }

    @Test func ownAttributesAreKept() async throws {
        try await withMount { mount in
            try mount.write("x", to: "file")
            try mount.setAttribute("user.colour", of: "file", to: "blue")
            try mount.setAttribute("user.mime_type", of: "file", to: "text/x-test")
            try mount.setAttribute("user.upload.meta.project", of: "file", to: "p1")
            #expect(try mount.attribute("user.colour", of: "file") == "blue")
            let stored = try mount.spool.openForReading(SpoolPath("file"))
            #expect(stored.extendedAttribute("user.mime_type") == Array("text/x-test".utf8))
            #expect(stored.extendedAttribute("user.upload.meta.project") == Array("p1".utf8))
            #expect(throws: Errno(EOPNOTSUPP)) { try mount.attribute("security.capability", of: "file") }
        }
    }

    @Test func whatIsNotSupportedIsRefused() async throws {
        try await withMount { mount in
            try mount.write("x", to: "file")
            #expect(link(mount.path("file"), mount.path("second")) == -1)
            #expect(errno == EPERM)
            #expect(mkfifo(mount.path("pipe"), 0o600) == -1)
            #expect(errno == EPERM)
            let root = try mount.directoryOfMount()
            try mount.write("y", to: "other")
            #expect(throws: Errno(EEXIST)) { try root.rename(BytePath("file"), to: BytePath("other"), flags: 1) }
            #expect(throws: Errno(EINVAL)) { try root.rename(BytePath("file"), to: BytePath("other"), flags: 4) }
            try root.makeDirectory(BytePath("directory"), mode: 0o755)
            #expect(throws: Errno(EPERM)) { try root.rename(BytePath("directory"), to: BytePath(".uploadfs")) }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can act as another user"))
    func aWriteByAnotherUserTakesSetUserIDAway() async throws {
        try await withMount(allowOther: true) { mount in
            try mount.write("x", to: "program")
            #expect(chmod(mount.path("program"), 0o6777) == 0)
            let script = "echo more >> \(mount.path("program")); touch \(mount.root)/theirs"
            chmod(mount.root, 0o777)
            #expect(try run("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "sh", "-c", script).status == 0)
            #expect(try FileStatus(following: mount.path("program")).mode & 0o7777 == 0o777)
            let theirs = try FileStatus(following: mount.path("theirs"))
            #expect(theirs.user == 65534)
            #expect(theirs.group == 65534)
        }
    }
}
