import Foundation
import MountTestSupport
import Testing

/// Whatever happens to files at whatever stage of their uploads, the service ends up with what the mount shows.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct FollowingTests {
    /// Something that happens to the file `a`, beside which there is an uploaded file `b`: a shell script, whose working directory
    /// is theirs.
    static let changes: [(name: String, script: String)] = [
        ("write", "printf middle | dd of=a bs=1 seek=1000 conv=notrunc status=none"),
        ("rewrite", "head -c 5000 /dev/urandom > a"),
        ("append", "printf more >> a"),
        ("truncate", "truncate -s 100 a"),
        ("empty", ": > a"),
        ("attributes", "chmod 600 a; touch -d 2001-02-03 a; setfattr -n user.colour -v blue a"),
        ("rename", "mv a c"),
        ("rename-below", "mkdir d; mv a d/a"),
        ("rename-directory", "mv ../rename-directory ../renamed"),
        ("rename-twice", "mv a c; mv c d"),
        ("rename-back", "mv a c; mv c a"),
        ("rename-and-write", "mv a c; printf more >> c"),
        ("rename-and-make", "mv a c; echo new > a"),
        ("rename-over", "mv -f a b"),
        ("rename-on", "mv b c; mv a b"),
        ("hold", "mv a a.part"),
        ("hold-and-release", "mv a a.part; mv a.part a"),
        ("exchange", "python3 '\(Probe.directory)/run.py' renaming.exchange_a_and_b ."),
        ("exchange-by-renames", "mv a c; mv b a; mv c b"),
        ("remove", "rm a"),
        ("remove-all", "cd ..; rm -r remove-all"),
        ("remove-and-make", "rm a; echo new > a"),
        ("replace", "mv -f b a"),
        ("replace-by-new", "echo new > c; mv -f c a"),
    ]

    /// Of these there are others of the same kind: large files, which take time, do without them.
    static let onlyForSmallFiles: Set = [
        "empty", "attributes", "rename-below", "rename-twice", "rename-back", "rename-and-write", "rename-and-make", "hold",
        "exchange-by-renames", "remove-all", "replace-by-new",
    ]

    @Test(arguments: UploadStage.allCases)
    func theServiceEndsUpWithWhatTheMountShows(stage: UploadStage) throws {
        try TestMount.with(options: stage.options) { mount in
            let changes = Self.changes.filter { !stage.isLarge || !Self.onlyForSmallFiles.contains($0.name) }
            let files = changes.map { $0.name + "/a" }
            let makeAll = changes.map { "mkdir \($0.name); echo 'b of \($0.name)' > \($0.name)/b" }
            try shell((["cd '\(mount.path)'", "echo blocks > blocker"] + makeAll).joined(separator: "\n"))
            try mount.waitUntilUploaded()
            try bring(files, to: stage, mount)
            let changeAll = changes.map { "(cd \($0.name); \($0.script))" }
            try shell((["cd '\(mount.path)'"] + changeAll).joined(separator: "\n"))
            try mount.service.clearFaults()
            var differences: [String] = []
            do {
                try eventually("the same at the service") {
                    differences = try mount.remoteDifferences()
                    return differences.isEmpty
                }
            } catch {
                throw Failed(description: "\(error)\n" + differences.joined(separator: "\n"))
            }
        }
    }

    private func bring(_ files: [String], to stage: UploadStage, _ mount: TestMount) throws {
        let content = mount.directory + "/content"
        try shell("head -c \(stage.size) /dev/urandom > '\(content)'")
        try mount.service.setFaults(stage.faults(for: stage == .queued ? ["blocker"] : files))
        if stage == .queued {
            try shell("head -c 20000 /dev/urandom > '\(mount.file("blocker"))'")
            try eventually("what blocks the others") { mount.attribute("state", of: "blocker") == "uploading" }
        }
        // Each file has a content of its own.
        let writeAll = files.map { "{ cat '\(content)'; echo \($0); } > \($0)" }
        try shell((["cd '\(mount.path)'"] + writeAll).joined(separator: "\n"))
        try eventually("the stage") { try stage.isReached(files, on: mount) }
    }

    @Test func withOnRemoveKeepTheObjectsStay() throws {
        try TestMount.with(options: ["on_remove=keep"]) { mount in
            try shell("cd '\(mount.path)' && mkdir d && for f in a b c d/e f g; do echo old $f > $f; done")
            try mount.waitUntilUploaded()
            try shell("cd '\(mount.path)' && rm a && mv b b2 && mv -f c f && mv d d2 && echo new > g")
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys() == ["a", "b", "b2", "c", "d/e", "d2/e", "f", "g"])
            for (key, content) in [("a", "a"), ("b", "b"), ("c", "c"), ("d/e", "d/e"), ("f", "c")] {
                #expect(try mount.service.checksum(of: key) == shell("echo old \(content) | sha256sum | cut -d' ' -f1"), "\(key)")
            }
        }
    }
}
