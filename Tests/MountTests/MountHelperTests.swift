import Foundation
import MountTestSupport
import Testing

/// mount(8), fstab and findmnt, through the helper. It has to lie in /sbin, where mount(8) looks for it, and the program in the
/// PATH that mount(8) sets: overlays in a mount namespace of its own put them there for one test, and the machine stays as it is.
@Suite(.serialized, .enabled(if: Machine.isRoot, "only root can use mount(8)"))
struct MountHelperTests {
    private static let helper = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "mount-helpers/mount.uploadfs").path

    /// Runs a script where the program is installed, and the helper under each of `helperNames`.
    private func inNamespace(_ mount: TestMount, helperNames: [String], _ script: String) throws -> String {
        let bin = mount.directory + "/bin"
        let sbin = mount.directory + "/sbin"
        try shell("mkdir '\(bin)' '\(sbin)' && ln -s '\(Programs.uploadfs)' '\(bin)/uploadfs'")
        for name in helperNames { try shell("install -m 755 '\(Self.helper)' '\(sbin)/\(name)'") }
        return try shell(
            """
            unshare --mount --propagation private bash -euo pipefail -c '
            mount -t overlay overlay -o lowerdir=\(sbin):$(readlink -f /sbin) $(readlink -f /sbin)
            mount -t overlay overlay -o lowerdir=\(bin):/usr/local/bin /usr/local/bin
            \(script.replacing("'", with: "'\\''"))'
            """, environment: ["PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])
    }

    @Test(arguments: [
        ("uploadfs", ["mount.uploadfs"]), ("fuse.uploadfs", ["mount.fuse.uploadfs"]), ("fuse.uploadfs", []),
    ])
    func mountTakesTheType(type: String, helperNames: [String]) throws {
        try TestMount.with(mounted: false) { mount in
            let output = try inNamespace(
                mount, helperNames: helperNames,
                """
                mount -t \(type) -o \(mount.optionList),noexec gs://demo/films \(mount.path)
                findmnt --noheadings --output SOURCE,FSTYPE,OPTIONS \(mount.path)
                echo hello > \(mount.path)/a
                uploadfs wait --timeout 150 \(mount.path)
                umount \(mount.path)
                """)
            #expect(output.contains("gs://demo/films fuse.uploadfs"))
            #expect(output.contains("noexec"))
            #expect(try mount.service.keys() == ["films/a"])
        }
    }

    @Test func aLineInFstabMountsWithAllItsGenericOptions() throws {
        try TestMount.with(mounted: false) { mount in
            let fstab = mount.directory + "/fstab"
            let generic = "_netdev,nofail,noatime,nodiratime,x-systemd.automount,x-systemd.requires=network.target,comment=mine"
            try "gs://demo/films  \(mount.path)  uploadfs  \(generic),\(mount.optionList)  0  0\n".write(
                toFile: fstab, atomically: true, encoding: .utf8)
            let output = try inNamespace(
                mount, helperNames: ["mount.uploadfs"],
                """
                mount -a -T \(fstab)
                findmnt --noheadings --output SOURCE,FSTYPE \(mount.path)
                mount -a -T \(fstab)
                echo hello > \(mount.path)/a
                uploadfs unmount --drain \(mount.path)
                """)
            #expect(output.contains("gs://demo/films fuse.uploadfs"))
            #expect(try mount.service.keys() == ["films/a"])
        }
    }

    @Test func mountPassesTheSentenceOn() throws {
        try TestMount.with(mounted: false) { mount in
            let output = try inNamespace(
                mount, helperNames: ["mount.uploadfs"],
                """
                mount -t uploadfs -o chnk_size=8M gs://demo \(mount.path) 2>&1 || echo status $?
                mount -t uploadfs -o state_dir=\(mount.state) s3://demo \(mount.path) 2>&1 || echo status $?
                mount -s -f -t uploadfs -o whatever gs://demo \(mount.path) && echo nothing done
                """)
            #expect(output.contains("did you mean 'chunk_size'?\nstatus 1\n"))
            #expect(output.contains("s3:// is not supported yet\nstatus 32\n"))
            #expect(output.contains("nothing done"))
        }
    }
}
