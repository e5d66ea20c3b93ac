import Foundation

/// The programs of this build.
public enum Programs {
    /// `UPLOADFS_TESTED_PROGRAM` names another build of it, such as one with a sanitizer.
    public static let uploadfs = ProcessInfo.processInfo.environment["UPLOADFS_TESTED_PROGRAM"] ?? path("uploadfs")
    public static let testServer = path("uploadfs-test-server")
    public static let generatedImage = path("upload-generated-image")

    /// The tests' own executable lies beside them.
    private static func path(_ name: String) -> String {
        let directory = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")).map { URL(filePath: $0) }
        guard let directory, !directory.path.contains("swiftpm-testing-helper") else {
            return FileManager.default.currentDirectoryPath + "/.build/debug/\(name)"
        }
        return directory.deletingLastPathComponent().appending(path: name).path
    }
}

/// What the machine allows, for tests that need more than others.
public enum Machine {
    public static var isRoot: Bool { geteuid() == 0 }

    /// Whether an ordinary user can mount, which needs a device that is open to all.
    public static var usersCanMount: Bool {
        var status = stat()
        return stat("/dev/fuse", &status) == 0 && status.st_mode & 0o006 == 0o006
    }

    /// Tests that take minutes and gigabytes are run on request.
    public static var runsLongTests: Bool { canMount && ProcessInfo.processInfo.environment["UPLOADFS_LONG_TESTS"] != nil }

    /// `UPLOADFS_TEST_PASSTHROUGH` is `on` or `off` for a run of all tests on one of the two ways; without it, mounts choose as
    /// they do for users.
    static let passthroughOption = ProcessInfo.processInfo.environment["UPLOADFS_TEST_PASSTHROUGH"].map { ["passthrough=\($0)"] } ?? []

    /// Whether a mount that is asked for kernel passthrough, with its state among the temporary files, gets it.
    public static let canUsePassthrough: Bool = {
        let version = ProcessInfo.processInfo.operatingSystemVersion
        return isRoot && canMount && (version.majorVersion, version.minorVersion) >= (6, 9)
            && ["ext2/ext3", "xfs", "btrfs"].contains(fileSystem(of: FileManager.default.temporaryDirectory.path))
    }()

    /// Its name, as stat(1) reports it.
    public static func fileSystem(of path: String) -> String? {
        let outcome = try? run(["stat", "--file-system", "--format=%T", path])
        return outcome?.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Whether a disk can be made in a file, and be made to stand still.
    public static let canFreezeDisks =
        isRoot && FileManager.default.fileExists(atPath: "/dev/loop-control")
        && (try? run(["sh", "-c", "command -v mkfs.ext4 && command -v fsfreeze"]))?.isSuccess == true

    public static var canMount: Bool { isRoot || usersCanMount }
}

extension Programs {
    /// A copy of `uploadfs` that other users can run: the build directory may lie where they cannot go.
    public static func copyForOthers(in directory: String) throws -> String {
        let copy = directory + "/uploadfs"
        try shell("cp --reflink=auto '\(uploadfs)' '\(copy)' && chmod 755 '\(copy)' '\(directory)'")
        return copy
    }
}
