import Foundation
import MountTestSupport
import Testing

/// What people use to put files somewhere works on a mount, and what it puts there is uploaded.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct CopyTests {
    /// A small tree with what a tree can have: modes, times, a link, odd names, an empty file.
    private func makeTree(in mount: TestMount) throws -> String {
        let tree = mount.directory + "/tree"
        try shell(
            """
            mkdir -p '\(tree)/sub dir/deep' && cd '\(tree)'
            head -c 100000 /dev/urandom > data.bin; : > empty; echo 'text' > 'sub dir/größe.txt'
            head -c 3M /dev/urandom > 'sub dir/deep/large'; ln -s ../data.bin 'sub dir/link'
            chmod 640 data.bin; chmod 755 empty
            # tar keeps whole seconds, and rsync does not look at less.
            find . -exec touch --no-dereference -d '2020-02-03 04:05:06' {} +
            """)
        return tree
    }

    private static let keys: Set = ["tree/data.bin", "tree/empty", "tree/sub dir/größe.txt", "tree/sub dir/deep/large"]

    private func expectUploaded(_ mount: TestMount, _ tree: String) throws {
        try mount.waitUntilUploaded()
        #expect(try mount.service.keys() == Self.keys)
        for key in Self.keys {
            #expect(try mount.isUploaded(key, as: tree + "/" + key.dropFirst("tree/".count)), "\(key)")
        }
    }

    @Test(arguments: [
        "cp -r tree mnt/", "cp -a tree mnt/", "rsync -a tree mnt/", "rsync -aX tree mnt/", "tar c tree | tar x -C mnt",
    ])
    func aTreeIsCopiedAndUploaded(command: String) throws {
        try TestMount.with { mount in
            let tree = try makeTree(in: mount)
            try shell("cd '\(mount.directory)' && \(command) && diff -r tree mnt/tree")
            if !command.hasPrefix("cp -r") {
                let list = "find . -printf '%p %y %m %T@ %l\\n' | sort"
                #expect(try shell("cd '\(tree)' && \(list)") == shell("cd '\(mount.file("tree"))' && \(list)"))
            }
            try expectUploaded(mount, tree)
        }
    }

    @Test func copiesFromTheMountExitCleanly() throws {
        try TestMount.with { mount in
            _ = try makeTree(in: mount)
            try shell("cd '\(mount.directory)' && cp -r tree mnt/")
            try mount.waitUntilUploaded()
            try shell("cd '\(mount.directory)' && cp -a mnt/tree back1 && rsync -aX mnt/tree/ back2/ && diff -r tree back1 && diff -r tree back2")
        }
    }

    @Test func ddWritesAtOffsets() throws {
        try TestMount.with { mount in
            try shell(
                """
                cd '\(mount.path)'
                dd if=/dev/zero of=a bs=1M count=3 status=none
                printf middle | dd of=a bs=1 seek=1500000 conv=notrunc status=none
                truncate -s 2000000 a
                """)
            try mount.waitUntilUploaded("a")
            let expected = mount.directory + "/expected"
            try shell("head -c 2000000 /dev/zero > '\(expected)'; printf middle | dd of='\(expected)' bs=1 seek=1500000 conv=notrunc status=none")
            #expect(try mount.isUploaded("a", as: expected))
        }
    }

    @Test func sedInPlaceUploadsTheResultUnderItsName() throws {
        try TestMount.with { mount in
            try shell("echo 'old words' > '\(mount.file("a.txt"))'")
            try mount.waitUntilUploaded("a.txt")
            try shell("sed -i s/old/new/ '\(mount.file("a.txt"))'")
            // The whole mount: a rename that came late leaves an object of the temporary name to be removed.
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys() == ["a.txt"])
            #expect(try mount.isUploaded("a.txt", as: mount.file("a.txt")))
            #expect(try shell("cat '\(mount.file("a.txt"))'") == "new words\n")
        }
    }

    /// As vim does with its settings as they come: a probe, a swap file, the old text renamed to a backup, the new one written.
    @Test func anEditorsSaveUploadsOnlyTheText() throws {
        try TestMount.with { mount in
            try shell("echo one > '\(mount.file("notes"))'")
            try mount.waitUntilUploaded("notes")
            try shell(
                """
                cd '\(mount.path)'
                echo swap > .notes.swp; : > 4913; rm 4913
                mv notes notes~; echo two > notes; rm notes~; rm .notes.swp
                """)
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys() == ["notes"])
            #expect(try mount.isUploaded("notes", as: mount.file("notes")))
        }
    }

    @Test func aTemporaryNameIsHeldUntilItsRename() throws {
        try TestMount.with { mount in
            try shell("echo body > '\(mount.file("film.mkv.part"))'")
            try eventually("the state") { mount.attribute("state", of: "film.mkv.part") == "held" }
            try shell("mv '\(mount.file("film.mkv.part"))' '\(mount.file("film.mkv"))'")
            try mount.waitUntilUploaded("film.mkv")
            #expect(try mount.service.keys() == ["film.mkv"])
        }
    }

    @Test func removalsAndRenamesReachTheObjects() throws {
        try TestMount.with { mount in
            try shell("cd '\(mount.path)' && mkdir d && echo 1 > d/a && echo 2 > d/b && echo 3 > c")
            try mount.waitUntilUploaded()
            try shell("cd '\(mount.path)' && rm c && mv d e")
            try eventually("the objects") { try mount.service.keys() == ["e/a", "e/b"] }
        }
    }

    @Test func keptObjectsStayWhenTheirFilesGo() throws {
        try TestMount.with(options: ["on_remove=keep"]) { mount in
            try shell("cd '\(mount.path)' && echo 1 > a")
            try mount.waitUntilUploaded()
            try shell("cd '\(mount.path)' && rm a && echo 2 > b")
            try mount.waitUntilUploaded()
            #expect(try mount.service.keys() == ["a", "b"])
        }
    }
}
