import Foundation
import LinuxIO
import Testing

@Suite struct DescriptorTests {
    @Test func aFailedCallThrowsItsCode() {
        #expect(throws: Errno(ENOENT)) { _ = try Descriptor.open(BytePath("/nonexistent"), O_RDONLY) }
        #expect("\(Errno(ENOENT))" == "No such file or directory")
    }

    /// 64 bits hold nanoseconds from 1677-09-21 to 2262-04-11.
    @Test(arguments: [
        (0, 0, 0), (1, 5, 1_000_000_005), (-1, 5, -999_999_995), (9_223_372_036, 854_775_807, Int64.max), (9_223_372_036, 854_775_808, .max),
        (9_223_372_037, 0, .max), (10_413_792_000, 1, .max), (Int.max, 999_999_999, .max), (-9_223_372_036, 0, -9_223_372_036_000_000_000),
        (-9_223_372_038, 999_999_999, .min), (Int.min, 0, .min), (Int.min, 999_999_999, .min),
    ])
    func aTimeOutsideOfTheRangeIsTheNearestInIt(seconds: Int, nanoseconds: Int, expected: Int64) {
        #expect(SystemTime.nanoseconds(timespec(tv_sec: seconds, tv_nsec: nanoseconds)) == expected)
    }

    @Test func offsetsBehindTheLargestOneAreNoTrap() throws {
        try withDirectory { directory in
            let file = try directory.open(BytePath("file"), O_RDWR | O_CREAT, mode: 0o600)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 1)
            defer { buffer.deallocate() }
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            for offset in [Int64.max, .max - 1, .max - 15, .min, -1] {
                // What the kernel says to it is its own affair.
                _ = try? file.read(at: offset, into: buffer)
                _ = try? file.readCached(at: offset, into: buffer)
                #expect(throws: Errno.self) { try file.write(UnsafeRawBufferPointer(buffer), at: offset) }
                file.prefetch(at: offset, length: .max)
                #expect(throws: Errno.self) { try file.seek(offset, 3) }
                for length in [Int64.max, .min, 0, 1] {
                    #expect(throws: Errno.self) { try file.allocate(mode: 0, offset: offset, length: length) }
                }
                _ = try? file.copyRange(at: offset, to: file, at: offset, length: .max)
            }
            #expect(try file.attributes().size == 0)
        }
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
            // Just written; a file system that cannot tell gives nothing.
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
