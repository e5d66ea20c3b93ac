import Foundation
import MountTestSupport
import Testing

@testable import Commands

/// Every option that the tables have, on a real mount.
@Suite(.serialized, .enabled(if: Machine.canMount, "this user cannot mount: /dev/fuse is closed"))
struct MountOptionTests {
    /// A destination that is mounted without being reached, and what makes its credentials.
    private static let destinations: [(prefix: String, url: String, options: [String], environment: [String: String])] = [
        ("gs://", "gs://demo", [], [:]),
        ("gdrive://", "gdrive://root", [], ["CLOUDSDK_AUTH_ACCESS_TOKEN": "test-token"]),
        ("google+https://", "google+http://127.0.0.1:9/upload/x", [], ["CLOUDSDK_AUTH_ACCESS_TOKEN": "test-token"]),
        ("box://", "box://0", [], ["BOX_DEVELOPER_TOKEN": "test-token"]),
        ("obs://", "obs://demo", [], ["OBS_ACCESS_KEY_ID": "TESTKEY", "OBS_SECRET_ACCESS_KEY": "testsecret"]),
    ]

    /// A valid value of each option that takes one, and what goes with it.
    private static let values: [String: String] = [
        "endpoint": "endpoint=http://127.0.0.1:9", "credentials": "credentials=@credentials", "config": "config=@config",
        "state_dir": "state_dir=@other", "chunk_size": "chunk_size=1M", "parallel_files": "parallel_files=64", "parallel_parts": "parallel_parts=64",
        "verify_source": "verify_source=sha256", "close": "close=upload", "fsync": "fsync=upload", "settle": "settle=0.25", "hold": "hold=*.x,hold=",
        "on_remove": "on_remove=keep", "extra_header": "extra_header=X-Test: a\\, b", "passthrough": "passthrough=off", "keep": "keep=all",
        "spool_full": "spool_full=block", "uid": "uid=65534", "gid": "gid=4294967294", "umask": "umask=077",
        "storage_class": "storage_class=STANDARD", "encryption_key_file": "encryption_key_file=@key", "cache_control": "cache_control=no-store",
        "method": "method=PUT", "query": "query=a=b", "metadata": #"metadata={"name": "{path}"}"#, "upload_type": "upload_type=simple",
        "accept": "accept=image/*,accept=text/plain", "max_size": "max_size=1G", "scope": "scope=https://example/scope",
        "answer_id": "answer_id=items[0].id",
        "answer_size": "answer_size=size", "answer_digest": "answer_digest=md5:md5Hash",
        "item_url": "item_url=http://127.0.0.1:9/x/{id},search_url=http://127.0.0.1:9/x?q={path}",
        "search_url": "search_url=http://127.0.0.1:9/x?q={path},item_url=http://127.0.0.1:9/x/{id}",
        "search_answer": "search_answer=items[0],item_url=http://127.0.0.1:9/x/{id},search_url=http://127.0.0.1:9/x?q={path}",
        "rename": #"rename={"a": "{path}"},item_url=http://127.0.0.1:9/x/{id},search_url=http://127.0.0.1:9/x?q={path}"#, "region": "region=r",
        "expires": "expires=30",
    ]
    /// Those that differ from service to service.
    private static let valuesOfServices: [String: String] = [
        "gs:// kms_key": "kms_key=projects/p/locations/l/keyRings/r/cryptoKeys/k", "gs:// acl": "acl=publicRead", "obs:// kms_key": "kms_key=default",
        "obs:// acl": "acl=public-read", "obs:// storage_class": "storage_class=WARM",
    ]

    @Test func everyOptionMounts() throws {
        for scheme in DestinationSchemes.all {
            // The general ones need one destination only.
            let general = scheme.prefix == "gs://" ? MountOptionTable.all : []
            for option in general + scheme.options {
                if case .notBuilt = option.effect { continue }
                // Only root can have the kernel refuse symbolic links.
                if option.name == "nosymfollow", !Machine.isRoot { continue }
                let text =
                    option.kind == .flag
                    ? option.name
                    : try #require(Self.valuesOfServices["\(scheme.prefix) \(option.name)"] ?? Self.values[option.name], "\(option.name)")
                try mount(scheme.prefix, text) { shown in
                    // Passed on to the kernel, which shows what differs from its defaults.
                    if ["noexec", "sync", "dirsync", "noatime", "nosymfollow", "ro", "default_permissions", "allow_other"].contains(option.name) {
                        #expect(shown.contains(option.name), "\(shown)")
                    }
                }
            }
        }
    }

    @Test func optionsOfFstabMountTogether() throws {
        for name in MountOptionTable.ignored { try mount("gs://", name) { _ in } }
        let lines = [
            "defaults,noatime,nodiratime,_netdev,nofail",
            "rw,relatime,nosuid,nodev,noexec,users,noauto,x-systemd.automount,x-systemd.idle-timeout=60",
            "user=me,comment=mine,owner,group,strictatime,lazytime,silent,X-mount.mkdir=0700,x-gvfs-show", "sync,dirsync,async,noexec,exec,nodev,dev",
            ",,ro,,noatime,", "ro,rw",
        ]
        for line in lines { try mount("gs://", line) { _ in } }
        try mount("gs://", "noexec,exec") { #expect(!$0.contains("noexec"), "the last of two opposites wins") }
    }

    @Test(.enabled(if: Machine.isRoot, "only root can have the kernel refuse symbolic links"))
    func symbolicLinksAreNotFollowedWithNosymfollow() throws {
        try TestMount.with(options: ["nosymfollow"]) { mount in
            try shell("cd '\(mount.path)' && echo text > a && ln -s a b && readlink b && cat a")
            let outcome = try run(["cat", mount.file("b")])
            #expect(!outcome.isSuccess && outcome.errors.contains("Too many levels of symbolic links"), "\(outcome.errors)")
        }
    }

    /// - Parameter check: is given the mount's options as findmnt(8) shows them.
    private func mount(_ prefix: String, _ text: String, _ check: ([String]) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "uploadfs-test-\(UUID().uuidString.prefix(8))").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try shell(
            """
            mkdir -p '\(directory)/mnt'; cd '\(directory)'; umask 077
            echo '{"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"}' > credentials
            echo 'chunk_size = "1M"' > config; head -c 32 /dev/zero > key
            """)
        let destination = try #require(Self.destinations.first { $0.prefix == prefix })
        var options = ["state_dir=\(directory)/state"] + destination.options
        if prefix != "google+https://" { options.append("endpoint=http://127.0.0.1:9") }
        options.append(text.replacing("@", with: directory + "/"))
        let outcome = try run(
            [Programs.uploadfs, "mount", "-o", options.joined(separator: ","), destination.url, directory + "/mnt"],
            environment: destination.environment)
        #expect(outcome.isSuccess, "\(prefix) \(text): \(outcome.status) \(outcome.errors)")
        guard outcome.isSuccess else { return }
        defer { _ = try? run([Programs.uploadfs, "unmount", directory + "/mnt"]) }
        let shown = try shell("findmnt --noheadings --output OPTIONS,VFS-OPTIONS '\(directory)/mnt'")
        try check(shown.split { $0 == "," || $0.isWhitespace }.map(String.init))
        _ = try FileManager.default.contentsOfDirectory(atPath: directory + "/mnt")
    }
}
