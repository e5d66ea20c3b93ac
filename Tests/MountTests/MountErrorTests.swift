import Foundation
import MountTestSupport
import Testing

/// A mount that cannot start: one sentence, an exit status of sysexits, nothing mounted, nothing left behind.
@Suite(.serialized)
struct MountErrorTests {
    struct Mistake: CustomTestStringConvertible {
        let name: String
        var options = ""
        var destination = "gs://demo"
        var mountpoint = "mnt"
        let status: Int32
        let says: String

        var testDescription: String { name }
    }

    static let mistakes: [Mistake] = [
        Mistake(name: "unknown option", options: "chunksize=8M", status: 64, says: "did you mean 'chunk_size'?"),
        Mistake(name: "chunk size", options: "chunk_size=300K", status: 64, says: "multiple of 256K for Google Cloud Storage"),
        Mistake(name: "bad number", options: "parallel_files=many", status: 64, says: "whole number from 1 to 64"),
        Mistake(name: "not built option", options: "bandwidth=1M", status: 69, says: "bandwidth is not supported yet"),
        Mistake(name: "not built value", options: "keep=none", status: 69, says: "keep=none is not supported yet"),
        Mistake(name: "option of another service", options: "path_style", status: 64, says: "path_style is not an option of gs://"),
        Mistake(name: "missing configuration", options: "config=/nonexistent.toml", status: 66, says: "No such file or directory"),
        Mistake(name: "configuration that is none", options: "config=file", status: 78, says: "file:1: "),
        Mistake(name: "missing encryption key", options: "encryption_key_file=/nonexistent", status: 78, says: "No such file or directory"),
        Mistake(name: "not built scheme", destination: "s3://bucket", status: 69, says: "s3:// is not supported yet"),
        Mistake(name: "unknown scheme", destination: "ftp://bucket", status: 64, says: "unknown scheme"),
        Mistake(name: "no URL", destination: "bucket", status: 64, says: "is not a URL"),
        Mistake(name: "no bucket", destination: "gs:///prefix", status: 64, says: "bucket"),
        Mistake(name: "bad bucket", destination: "gs://Big_Bucket", status: 64, says: "bucket"),
        Mistake(name: "bad endpoint", options: "endpoint=nowhere", status: 64, says: "endpoint"),
        Mistake(name: "missing mountpoint", mountpoint: "missing", status: 66, says: "No such file or directory"),
        Mistake(name: "mountpoint is a file", mountpoint: "file", status: 66, says: "is not a directory"),
        Mistake(name: "missing credentials", options: "credentials=/nonexistent.json", status: 78, says: "No such file or directory"),
        Mistake(name: "open credentials", options: "credentials=file", status: 78, says: "other users"),
        Mistake(name: "state below the mount", options: "state_dir=mnt/state", status: 64, says: "must not contain each other"),
    ]

    @Test(arguments: mistakes)
    func aMistakeIsRefusedAndChangesNothing(_ mistake: Mistake) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "uploadfs-test-\(UUID().uuidString.prefix(8))").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try shell("mkdir -p '\(directory)/mnt' && echo '{}' > '\(directory)/file' && chmod 644 '\(directory)/file'")
        let before = try shell("cd '\(directory)' && find . | sort")

        var options = ["endpoint=http://127.0.0.1:9", "state_dir=state"]
        if !mistake.options.isEmpty { options.append(mistake.options) }
        let outcome = try run([
            "env", "--chdir=\(directory)", Programs.uploadfs, "mount", "-o", options.joined(separator: ","), mistake.destination, mistake.mountpoint,
        ])
        #expect(outcome.status == mistake.status)
        #expect(outcome.errors.contains(mistake.says), "\(outcome.errors)")
        #expect(outcome.errors.hasPrefix("uploadfs: "))
        #expect(outcome.errors.split(separator: "\n").count == 1, "one sentence on one line")
        #expect(outcome.output.isEmpty)
        #expect(try shell("cd '\(directory)' && find . | sort") == before)
    }

    @Test(.enabled(if: Machine.isRoot && Machine.usersCanMount, "needs root, and /dev/fuse open to all"))
    func aStateDirectoryThatWasMadeForAFailedMountGoesAway() throws {
        try TestMount.with(mounted: false) { mount in
            // An ordinary user may not mount on a directory that belongs to root.
            try shell("chmod 755 '\(mount.directory)' && mkdir '\(mount.directory)/home' && chown 65534 '\(mount.directory)/home'")
            let outcome = try run([
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", try Programs.copyForOthers(in: mount.directory), "mount", "-o",
                "endpoint=\(mount.service.url),state_dir=\(mount.directory)/home/state", "gs://demo", mount.path,
            ])
            #expect(outcome.status != 0)
            #expect(!mount.isMounted)
            #expect(!FileManager.default.fileExists(atPath: mount.directory + "/home/state"))
        }
    }
}
