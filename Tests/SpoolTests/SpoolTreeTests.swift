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

    /// Whatever a disk makes of the note: no crash, and no path that leads out of the spool.
    @Test func aDamagedNoteIsNoNoteOrOneInsideTheSpool() throws {
        try withPath { path in
            let state = try StateDirectory.open(path: path, destination: "gs://a")
            let changes: [FileEvent.Change] = [
                .renamed(FileID(inode: 7), from: SpoolPath("a/b"), to: SpoolPath("c"), isDirectory: false, replaced: nil),
                .removed(FileID(inode: 9), path: SpoolPath("a/b")),
                .exchanged(FileID(inode: 9), SpoolPath("a"), SpoolPath("b/c"), id: .max),
            ]
            for change in changes {
                try state.spool.intent.note(change)
                let whole = try Data(contentsOf: URL(filePath: path + "/intent"))
                let note = whole.prefix(44)
                for position in note.indices {
                    for byte: UInt8 in [0, 4, 0x2e, 0x2f, 0xff] {
                        var damaged = whole
                        damaged[position] = byte
                        try damaged.write(to: URL(filePath: path + "/intent"), options: [])
                        try check(state.spool.intent.unfinished())
                    }
                    try whole.prefix(position).write(to: URL(filePath: path + "/intent"), options: [])
                    try check(state.spool.intent.unfinished())
                }
            }
            for path in ["..", "/etc/passwd", "a/../../b", "a//b", "a/", ".", "a/\0b", ""] {
                try state.spool.intent.note(.removed(FileID(inode: 1), path: SpoolPath(path)))
                #expect(try state.spool.intent.unfinished() == nil, "\(path)")
            }
        }
    }

    private func check(_ change: FileEvent.Change?) throws {
        let paths: [SpoolPath] =
            switch change {
            case nil: []
            case .renamed(_, let source, let target, _, _)?: [source, target]
            case .removed(_, let path)?: [path]
            case .exchanged(_, let first, let second, _)?: [first, second]
            case _?: []
            }
        for path in paths {
            let names = path.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Array($0) }
            #expect(names.allSatisfy { !$0.isEmpty && $0 != Array(".".utf8) && $0 != Array("..".utf8) && !$0.contains(0) }, "\(path)")
        }
    }
}

private func withSpool(_ body: (SpoolTree) throws -> Void) throws {
    try withPath { path in
        try body(try StateDirectory.open(path: path, destination: "gs://a").spool)
    }
}
