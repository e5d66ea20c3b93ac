import Foundation
import LinuxIO
import Testing

@Suite struct DescriptorTests {
    @Test func aFailedCallThrowsItsCode() {
        #expect(throws: Errno(ENOENT)) { _ = try Descriptor.open(BytePath("/nonexistent"), O_RDONLY) }
        #expect("\(Errno(ENOENT))" == "No such file or directory")
    }

    @Test func bytesAreWrittenAndRead() throws {
        try withDirectory { directory in
            let file = try directory.open(BytePath("file"), O_RDWR | O_CREAT, mode: 0o600)
            try file.writeAll("hello world")
            try file.truncate(to: 5)
            #expect(try file.attributes().size == 5)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 1)
            defer { buffer.deallocate() }
            #expect(try file.read(at: 1, into: buffer) == 4)
            #expect(Array(buffer[..<4]) == Array("ello".utf8))
            #expect(try directory.text(of: "file") == "hello")
            #expect(try directory.text(of: "other") == nil)
        }
    }

    @Test func whatTheCacheHasIsReadWithoutTheDisk() throws {
        try withDirectory { directory in
            let file = try directory.open(BytePath("file"), O_RDWR | O_CREAT, mode: 0o600)
            try file.writeAll("hello world")
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 1)
            defer { buffer.deallocate() }
            // Just written; a file system that can not tell gives nothing.
            let count = try file.readCached(at: 1, into: buffer)
            #expect(count == 10 || count == 0)
            #expect(Array(buffer[..<count]) == Array("ello world".utf8.prefix(count)))
            #expect(try file.readCached(at: 11, into: buffer) == 0)
            let writeOnly = try directory.open(BytePath("file"), O_WRONLY)
            #expect(throws: Errno(EBADF)) { _ = try writeOnly.readCached(at: 0, into: buffer) }
        }
    }

    @Test func aFileIsReplacedWhole() throws {
        try withDirectory { directory in
            try directory.replaceDurably("file", with: "one", mode: 0o600)
            try directory.replaceDurably("file", with: "two", mode: 0o600)
            #expect(try directory.text(of: "file") == "two")
            #expect(throws: Errno(ENOENT)) { try directory.attributes(of: BytePath("file.new")) }
        }
    }

    @Test func symbolicLinksAreNotFollowed() throws {
        try withDirectory { directory in
            try directory.makeSymbolicLink(BytePath("link"), to: BytePath("/etc/passwd"))
            #expect(throws: Errno(ELOOP)) { _ = try directory.open(BytePath("link"), O_RDONLY) }
            #expect(try directory.attributes(of: BytePath("link")).isSymbolicLink)
            #expect(try directory.symbolicLinkTarget(of: BytePath("link")) == Array("/etc/passwd".utf8))
        }
    }

    @Test func extendedAttributesByPathAndByDescriptorAreTheSame() throws {
        try withDirectory { directory in
            let file = try directory.open(BytePath("file"), O_RDWR | O_CREAT, mode: 0o600)
            let value = Array("v".utf8)
            try value.withUnsafeBytes {
                try ExtendedAttributes(of: BytePath("file"), in: directory).set(BytePath("user.a"), to: $0, flags: 0)
            }
            #expect(try ExtendedAttributes(of: file).value(of: BytePath("user.a")) == value)
            #expect(try ExtendedAttributes(of: file).names().contains(Array("user.a".utf8)))
            try ExtendedAttributes(of: file).remove(BytePath("user.a"))
            #expect(throws: Errno(ENODATA)) {
                try ExtendedAttributes(of: BytePath("file"), in: directory).value(of: BytePath("user.a"))
            }
        }
    }

    @Test func aDirectoryIsListedFromAnyEntryOn() throws {
        try withDirectory { directory in
            for index in 0..<20 { _ = try directory.open(BytePath("\(index)"), O_WRONLY | O_CREAT, mode: 0o600) }
            var stream = try DirectoryStream(BytePath("."), in: directory)
            var entries: [DirectoryStream.Entry] = []
            while let entry = try stream.next() { entries.append(entry) }
            #expect(entries.count == 22)
            stream.seek(to: entries[9].nextOffset)
            #expect(try stream.next()?.name == entries[10].name)
            stream.seek(to: 0)
            #expect(try stream.next()?.name == entries[0].name)
        }
    }
}

private func withDirectory(_ body: (borrowing Descriptor) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "uploadfs-linuxio-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(try Descriptor.open(BytePath(path), O_RDONLY | O_DIRECTORY))
}
