import Foundation
import LinuxIO
import Spool
import Testing
import UploadCore

@Suite struct StateDirectoryTests {
    @Test func itIsMadePrivateAndOpenedAgain() throws {
        try withPath { path in
            do {
                let state = try StateDirectory.open(path: path, destination: "gs://a")
                #expect(!state.wasLeftUnclean)
                #expect(try FileStatus(following: path).mode & 0o777 == 0o700)
                try state.leaveCleanly()
            }
            #expect(try !StateDirectory.open(path: path, destination: "gs://a").wasLeftUnclean)
            #expect(try StateDirectory.open(path: path, destination: "gs://a").wasLeftUnclean)
        }
    }

    @Test func aSecondMountIsRefusedByTheFirstOnesProcess() throws {
        try withPath { path in
            let first = try StateDirectory.open(path: path, destination: "gs://a")
            try first.note(mountpoint: "/mnt/a b")
            let refusal = StateDirectoryError.locked(path: path, pid: "\(getpid())", mountpoint: "/mnt/a b")
            #expect(throws: refusal) { try StateDirectory.open(path: path, destination: "gs://a") }
            #expect("\(refusal)".contains("process \(getpid())"))
            withExtendedLifetime(first) {}
        }
    }

    @Test func destinationsInTwoUnicodeFormsAreTwo() throws {
        try withPath { path in
            _ = try StateDirectory.open(path: path, destination: "gs://a/\u{E9}")
            #expect(throws: StateDirectoryError.self) { try StateDirectory.open(path: path, destination: "gs://a/e\u{301}") }
            let below = "\(path)/\u{301}x/\u{301}y"
            _ = try StateDirectory.open(path: below, destination: "gs://a")
            #expect(FileManager.default.fileExists(atPath: below + "/version"))
        }
    }

    @Test func anotherDestinationOrVersionIsRefused() throws {
        try withPath { path in
            _ = try StateDirectory.open(path: path, destination: "gs://a")
            #expect(throws: StateDirectoryError.otherDestination(path: path, found: "gs://a", wanted: "gs://b")) {
                try StateDirectory.open(path: path, destination: "gs://b")
            }
            try Data("9\n".utf8).write(to: URL(fileURLWithPath: path + "/version"))
            #expect(throws: StateDirectoryError.otherVersion(path: path, found: "9", known: "1")) {
                try StateDirectory.open(path: path, destination: "gs://a")
            }
        }
    }

    @Test(
        arguments: [
            (.notADirectory(path: "/s"), "state directory /s is not a directory; choose another with state_dir=DIR"),
            (.otherOwner(path: "/s"), "state directory /s belongs to another user; choose another with state_dir=DIR"),
            (.tooOpen(path: "/s", mode: 0o755), "state directory /s is accessible to other users (mode 755); run: chmod 700 /s"),
            (
                .locked(path: "/s", pid: "7", mountpoint: "/m"),
                "state directory /s is in use by another mount at /m (process 7); unmount that first, or choose another with state_dir=DIR"
            ),
            (
                .locked(path: "/s", pid: nil, mountpoint: nil),
                "state directory /s is in use by another mount; unmount that first, or choose another with state_dir=DIR"
            ),
            (
                .otherVersion(path: "/s", found: "9", known: "1"),
                "state directory /s has version 9, but this program supports version 1; "
                    + "use the program that wrote it, or choose another with state_dir=DIR"
            ),
            (
                .otherDestination(path: "/s", found: "gs://a", wanted: "gs://b"),
                "state directory /s holds uploads for gs://a, not for gs://b; choose another with state_dir=DIR"
            ),
            (.failed(path: "/s", doing: "open", Errno(EACCES)), "cannot open state directory /s: Permission denied"),
        ] as [(StateDirectoryError, String)])
    func eachErrorSaysWhatToDo(error: StateDirectoryError, sentence: String) {
        #expect("\(error)" == sentence)
    }

    /// To Swift, both destinations are the same text, and the second path has one slash less.
    @Test func destinationsAndPathsAreBytes() throws {
        try withPath { path in
            _ = try StateDirectory.open(path: path, destination: "gs://a/\u{e9}")
            #expect(throws: StateDirectoryError.self) { try StateDirectory.open(path: path, destination: "gs://a/e\u{301}") }
            let below = path + "/x/\u{301}y"
            _ = try StateDirectory.open(path: below, destination: "gs://a")
            #expect(try FileStatus(following: below + "/spool").isDirectory)
        }
    }

    @Test func whatIsNoPrivateDirectoryIsRefused() throws {
        try withPath { path in
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            chmod(path, 0o750)
            #expect(throws: StateDirectoryError.tooOpen(path: path, mode: 0o750)) {
                try StateDirectory.open(path: path, destination: "gs://a")
            }
            let file = path + "/file"
            try Data().write(to: URL(fileURLWithPath: file))
            #expect(throws: StateDirectoryError.notADirectory(path: file)) {
                try StateDirectory.open(path: file, destination: "gs://a")
            }
        }
    }
}

func withPath(_ body: (String) throws -> Void) throws {
    let parent = NSTemporaryDirectory() + "uploadfs-spool-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: parent) }
    try body(parent + "/state")
}
