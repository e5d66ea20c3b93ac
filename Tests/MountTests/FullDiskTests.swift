import Foundation
import MountTestSupport
import Testing

/// The disk of the state directory is full, or nearly so.
@Suite(.serialized, .enabled(if: Machine.canFreezeDisks, "needs root, loop devices and mkfs.ext4"))
struct FullDiskTests {
    private static let probe = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(
        path: "Probes/full_disk.py"
    ).path

    /// - Parameter left: how much the last file that fills the disk leaves free, in KiB. The first call that finds no room differs.
    @Test(arguments: [0, 4, 16, 64])
    func callsFailWithNoSpaceLeftAndEverythingWorksAfterwards(left: Int) throws {
        try TestMount.with(mounted: false) { mount in
            let (disk, image) = (mount.state, mount.directory + "/image")
            try shell(
                "truncate -s 16M '\(image)' && mkfs.ext4 -q -m 0 '\(image)' && mkdir '\(disk)' && mount -o loop '\(image)' '\(disk)' && chmod 700 '\(disk)'"
            )
            defer { _ = try? run(["umount", "--lazy", disk]) }
            try mount.mount()
            try shell("cd '\(mount.path)' && for i in $(seq 0 19); do echo $i > old$i; done; echo a > moved0; echo b > moved1")
            try mount.waitUntilUploaded()

            try shell("dd if=/dev/zero of='\(disk)/ballast' bs=4k status=none 2>/dev/null || true; truncate -s -\(left)K '\(disk)/ballast'")
            let report = try shell("python3 '\(Self.probe)' '\(mount.path)'").split(separator: "\n").map(String.init)
            #expect(report.count == 15)
            #expect(report.allSatisfy { $0.hasSuffix(": ENOSPC") || $0.hasSuffix(": never") }, "\(report)")
            // There was no room for so many of them.
            for call in ["create", "write", "directory", "allocate"] { #expect(report.contains("\(call): ENOSPC"), "\(report)") }

            try shell("rm '\(disk)/ballast'")
            try eventually("the end of what had to wait") { try !states(of: mount).contains("open") }
            try shell("cd '\(mount.path)' && echo after > after && mkdir directory-after && mv after renamed-after && cat * > /dev/null 2>&1 || true")
            try mount.waitUntilUploaded()
            let files = try shell("cd '\(mount.path)' && find . -type f -printf '%P\\n'").split(separator: "\n").map(String.init)
            #expect(try mount.service.keys() == Set(files))
            #expect(files.contains("renamed-after") && files.contains { $0.hasPrefix("renamed-") || $0 == "moved0" })
            for file in ["old0", "old19"] { #expect(try mount.isUploaded(file, as: mount.file(file))) }
        }
    }

    /// Of every file with work left.
    private func states(of mount: TestMount) throws -> [String] {
        struct Page: Decodable {
            let files: [File]
        }
        struct File: Decodable {
            let state: String
        }
        let data = try Data(contentsOf: URL(filePath: mount.file(".uploadfs/status.json")))
        return try JSONDecoder().decode(Page.self, from: data).files.map(\.state)
    }
}
