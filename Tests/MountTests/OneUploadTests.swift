import Foundation
import MountTestSupport
import Testing

/// What people do with files costs one upload a file, whatever steps their programs take.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct OneUploadTests {
    /// A program at work in a directory of its own on the mount, which is its working directory.
    struct Work {
        let name: String
        /// Makes what is there before.
        var before = ":"
        let script: String
        /// The files that are uploaded, and no others; nil for all that are there afterwards.
        var files: Set<String>?
    }

    private static let terminal = Probe.directory + "/terminal.py"

    /// `$source` is a directory on the local disk with two files.
    static let works = [
        Work(name: "cp", script: "cp -a $source/. .", files: ["a.txt", "sub/b.bin"]),
        Work(name: "rsync", script: "rsync -a $source/ .", files: ["a.txt", "sub/b.bin"]),
        Work(name: "rsync-X", script: "rsync -aX $source/ .", files: ["a.txt", "sub/b.bin"]),
        Work(name: "rsync-inplace", script: "rsync -a --inplace $source/ .", files: ["a.txt", "sub/b.bin"]),
        Work(name: "rsync-partial", script: "rsync -a --partial $source/ .", files: ["a.txt", "sub/b.bin"]),
        Work(name: "rsync-over", before: "echo old > a.txt", script: "rsync -a $source/ .", files: ["a.txt", "sub/b.bin"]),
        Work(name: "tar", script: "tar -c -C $source . | tar -x", files: ["a.txt", "sub/b.bin"]),
        Work(name: "mv", script: "cp -a $source copy-of-it && mv copy-of-it/* . && rmdir copy-of-it", files: ["a.txt", "sub/b.bin"]),
        Work(name: "mv-from-elsewhere", script: "cp -a $source $source.moved && mv $source.moved/* .", files: ["a.txt", "sub/b.bin"]),
        Work(name: "sed", before: "echo old > a.txt", script: "sed -i s/old/new/ a.txt", files: ["a.txt"]),
        Work(name: "vi", before: "echo old > a.txt", script: "vi -es -c '%s/old/new/' -c wq a.txt", files: ["a.txt"]),
        Work(name: "vi-new", script: "vi -es -c 'normal ihello' -c 'wq! a.txt'", files: ["a.txt"]),
        Work(
            name: "nano", before: "echo old > a.txt",
            script: "python3 '\(terminal)' a.txt='new ^X' 'Save modified'=y 'Name to Write'=^M -- nano a.txt; grep -q new a.txt",
            files: ["a.txt"]),
        Work(
            name: "browser", script: "for i in 1 2 3; do printf piece >> film.mkv.part; sleep 0.2; done; mv film.mkv.part film.mkv",
            files: ["film.mkv"]),
        Work(name: "git-clone", script: "git clone -q $repository ."),
        Work(
            name: "git-commit", before: "git clone -q $repository .",
            script: "echo more >> a.txt && git -c user.name=n -c user.email=e@x commit -q -a -m more && git fsck --no-progress"),
    ]

    /// Long enough for a program to take the steps of one change, on a slow machine, too.
    private static let options = ["settle=3", "parallel_files=16"]

    @Test func everyFileIsUploadedOnce() throws {
        try TestMount.with(options: Self.options) { mount in
            let environment = try makeSources(in: mount)
            try runAll(in: mount, environment) { $0.before }
            try mount.waitUntilUploaded()
            let former = try contents(in: mount)
            try mount.service.resetCounters()
            try runAll(in: mount, environment) { $0.script }
            try mount.waitUntilUploaded()
            let uploads = try mount.service.counters().uploads
            let now = try contents(in: mount)
            for work in Self.works {
                let changed = now.filter { $0.key.hasPrefix(work.name + "/") && former[$0.key] != $0.value }.map(\.key)
                let expected = work.files.map { Set($0.map { "\(work.name)/\($0)" }) } ?? Set(changed)
                let found = uploads.filter { $0.key.hasPrefix("demo/\(work.name)/") }
                #expect(found == Dictionary(uniqueKeysWithValues: expected.map { ("demo/" + $0, 1) }), "\(work.name)")
            }
            #expect(try mount.service.keys() == Set(now.keys))
        }
    }

    @Test func aSecondRsyncTransfersAndUploadsNothing() throws {
        try TestMount.with { mount in
            let environment = try makeSources(in: mount)
            try shell("cd '\(mount.path)' && rsync -aX $source/ .", environment: environment)
            try mount.waitUntilUploaded()
            try mount.service.resetCounters()
            let transferred = try shell("cd '\(mount.path)' && rsync -a --itemize-changes $source/ .", environment: environment)
            #expect(transferred == "")
            // With -X, rsync names every file, because the mount's has attributes about its upload that the source has not.
            try shell("cd '\(mount.path)' && rsync -aX $source/ .", environment: environment)
            try mount.waitUntilUploaded()
            #expect(try mount.service.counters().requests == 0)
        }
    }

    @Test func attributesAloneAreNotUploaded() throws {
        try TestMount.with { mount in
            try shell("cd '\(mount.path)' && mkdir d && echo text > d/a")
            try mount.waitUntilUploaded()
            try mount.service.resetCounters()
            try shell(
                """
                cd '\(mount.path)'
                chmod 600 d/a; chown $(id -u):$(id -g) d/a; touch d/a; touch -d 2001-02-03 d/a; setfattr -n user.colour -v blue d/a
                setfattr -x user.colour d/a; chmod 700 d; touch d; cat d/a > /dev/null; : >> d/a
                """)
            #expect(mount.attribute("state", of: "d/a") == "uploaded")
            // Nor when the mount starts again.
            try mount.unmount()
            try mount.mount()
            try mount.waitUntilUploaded()
            #expect(try mount.service.counters().requests == 0)
        }
    }

    // MARK: What the programs work with

    private func makeSources(in mount: TestMount) throws -> [String: String] {
        let (source, repository) = (mount.directory + "/source", mount.directory + "/repository")
        try shell(
            """
            mkdir -p '\(source)/sub' && cd '\(source)' && echo text > a.txt && head -c 300000 /dev/urandom > sub/b.bin
            touch -d 2020-02-03 a.txt && setfattr -n user.colour -v blue a.txt
            git init -q '\(repository)' && cd '\(repository)' && cp -r '\(source)'/* .
            git add . && git -c user.name=n -c user.email=e@x commit -q -m first
            """)
        return ["source": source, "repository": repository]
    }

    /// All at the same time, each in its directory.
    private func runAll(in mount: TestMount, _ environment: [String: String], _ script: (Work) -> String) throws {
        let running = try Self.works.map { work in
            let script = "mkdir -p '\(mount.file(work.name))' && cd '\(mount.file(work.name))' && \(script(work))"
            return (work, try RunningProgram(["bash", "-euo", "pipefail", "-c", script], environment: environment))
        }
        for (work, program) in running {
            let outcome = try program.finish(within: 120)
            #expect(outcome.isSuccess, "\(work.name): \(outcome.output)\(outcome.errors)")
        }
    }

    /// The checksums of all files on the mount.
    private func contents(in mount: TestMount) throws -> [String: String] {
        let lines = try shell("cd '\(mount.path)' && find . -type f -exec sha256sum {} +").split(separator: "\n")
        return Dictionary(uniqueKeysWithValues: lines.map { (String($0.dropFirst(68)), String($0.prefix(64))) })
    }
}
