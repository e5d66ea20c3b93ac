import Foundation
import LinuxIO
import Spool
import Testing
import UploadCore

@Suite struct SpoolTreeTests {
    @Test func aFileIsReadUnderItsIdentity() throws {
        try withSpool { spool in
            let written = try spool.root.open(BytePath("file"), O_RDWR | O_CREAT, mode: 0o644)
            try written.writeAll("content")
            let file = try spool.openForReading(SpoolPath("file"))
            #expect(file.id.inode == (try written.attributes().inode))
            #expect(try file.fingerprint().size == 7)
            #expect(throws: Errno(ENOENT)) { try spool.openForReading(SpoolPath("other")) }
            try spool.root.removeFile(BytePath("file"))
            #expect(try file.fingerprint().size == 7)
        }
    }

    @Test func theWalkVisitsRegularFilesOnly() throws {
        try withSpool { spool in
            try spool.root.makeDirectory(BytePath("a"), mode: 0o755)
            try spool.root.makeDirectory(BytePath("a/b"), mode: 0o755)
            try spool.root.makeSymbolicLink(BytePath("a/link"), to: BytePath("b"))
            for path in ["one", "a/two", "a/b/three"] {
                _ = try spool.root.open(BytePath(path), O_WRONLY | O_CREAT, mode: 0o644)
            }
            var paths: Set<String> = []
            try spool.walk { path, _, _ in paths.insert(path.description) }
            #expect(paths == ["one", "a/two", "a/b/three"])
        }
    }

    @Test func aNoteOfAChangeIsFoundUntilItIsErased() throws {
        try withSpool { spool in
            #expect(try spool.intent.unfinished() == nil)
            let changes: [FileEvent.Change] = [
                .renamed(
                    FileID(inode: 7), from: SpoolPath("a/b"), to: SpoolPath(bytes: [0xff, 0x2f, 0x01]), isDirectory: false,
                    replaced: FileID(inode: 1 << 40)),
                .renamed(FileID(inode: 8), from: SpoolPath("d"), to: SpoolPath("e"), isDirectory: true, replaced: nil),
                .removed(FileID(inode: .max), path: SpoolPath("x")),
            ]
            for change in changes {
                try spool.intent.note(change)
                #expect(try spool.intent.unfinished() == change)
            }
            try spool.intent.erase()
            #expect(try spool.intent.unfinished() == nil)
        }
    }
}

private func withSpool(_ body: (SpoolTree) throws -> Void) throws {
    try withPath { path in
        try body(try StateDirectory.open(path: path, destination: "gs://a").spool)
    }
}
