import Testing

@testable import Commands

struct MountRequestTests {
    private func resolve(_ url: String, options: [String] = [], environment: [String: String] = [:]) throws -> ResolvedDestination {
        let scheme = try DestinationSchemes.scheme(of: url)
        let settings = try MountOptionParser.parse(options, of: scheme)
        return try scheme.destination(DestinationRequest(url: url, settings: settings, environment: environment))
    }

    @Test(arguments: [
        ("gs://bucket", "gs://bucket"), ("gs://bucket/", "gs://bucket"), ("gs://bucket/a/b/", "gs://bucket/a/b"), ("GS://bucket/a", "gs://bucket/a"),
        ("obs://bucket/a/", "obs://bucket/a"), ("box://0/a/", "box://0/a"), ("gdrive://root/a/", "gdrive://root/a"),
    ])
    func destinationsAreRead(text: String, url: String) throws {
        #expect(try resolve(text, options: ["endpoint=http://127.0.0.1:1"]).url == url)
    }

    @Test(arguments: ["s3://b", "tus+https://h/", "tus+http://h/"])
    func plannedSchemesAreRefusedByName(text: String) {
        let scheme = text.prefix { $0 != ":" }
        #expect(throws: CommandFailure(.unavailable, "the destination scheme \(scheme):// is not supported yet")) {
            try resolve(text)
        }
    }

    @Test(arguments: ["", "bucket", "gs:/bucket", "gs://", "gs://B", "gs://Bucket", "ftp://bucket", "/mnt"])
    func malformedDestinationsAreRefused(text: String) {
        #expect { try resolve(text) } throws: { ($0 as? CommandFailure)?.status == .usage }
    }

    @Test(arguments: [
        ("kms_key=k", "invalid kms_key 'k'; use projects/P/locations/L/keyRings/R/cryptoKeys/K"),
        (
            "kms_key=projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1",
            "invalid kms_key 'projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1'; "
                + "omit the version: projects/P/locations/L/keyRings/R/cryptoKeys/K"
        ),
        (
            "acl=public",
            "unknown acl 'public'; valid values are authenticatedRead, bucketOwnerFullControl, bucketOwnerRead, private, projectPrivate, publicRead"
        ),
        (
            "kms_key=projects/p/locations/l/keyRings/r/cryptoKeys/k,encryption_key_file=/k",
            "kms_key and encryption_key_file cannot be used together: an object is encrypted with one key"
        ),
        ("extra_header=X-Goog-Encryption-Key:a", "the option extra_header cannot set X-Goog-Encryption-Key: use encryption_key_file=FILE"),
    ])
    func mistakesInTheOptionsOfCloudStorageAreNamed(options: String, sentence: String) {
        #expect(throws: CommandFailure(.usage, sentence)) { try resolve("gs://bucket", options: [options]) }
    }

    @Test(arguments: [
        ("obs://bucket", "", "an OBS destination needs the option region=NAME or endpoint=URL"),
        ("obs://bucket", "region=r,expires=0", "the option expires must be a whole number from 1 to 36500, not '0'"),
        (
            "obs://bucket", "region=r,kms_key=default,encryption_key_file=/k",
            "kms_key and encryption_key_file cannot be used together: an object is encrypted with one key"
        ),
        ("google+https://h/upload/x", "chunk_size=1M,whole_remainder", "chunk_size and whole_remainder cannot be used together"),
        ("google+https://h/upload/x", "item_url=https://h/x/{id}", "item_url and search_url must be used together"),
        ("google+https://h/upload/x", "rename={}", "the option rename requires item_url and search_url"),
        ("google+https://h/upload/x", "upload_type=fast", "the option upload_type must be auto or simple or resumable, not 'fast'"),
        ("google+https://h/upload/x", "max_size=big", "the option max_size must be a size such as 8M, not 'big'"),
        ("google+https://h/upload/x", "storage_class=x", "storage_class is not an option of google+https://; it is an option of gs:// and obs://"),
    ])
    func mistakesInTheOptionsOfAServiceAreNamed(url: String, options: String, sentence: String) {
        #expect(throws: CommandFailure(.usage, sentence)) { try resolve(url, options: [options]) }
    }

    @Test func anOptionThatMayBeRepeatedAddsUp() throws {
        let settings = try MountOptionParser.parse(["accept=image/*,accept=text/plain"], of: .mediaMethod)
        #expect(settings.service["accept"] == "image/*,text/plain")
    }

    /// Box's parts have the length that Box says; the others' that of their own clients.
    @Test func everyServiceHasItsLengthOfAPart() throws {
        #expect(try resolve("gs://bucket").chunkSize == 8 << 20)
        #expect(try resolve("obs://bucket", options: ["region=r"]).chunkSize == 9 << 20)
        #expect(try resolve("google+https://h/upload/x", options: ["whole_remainder"]).chunkSize > 5 << 40)
    }

    @Test(arguments: [
        ("gs://bucket", "chunk_size=100K", "the option chunk_size must be a multiple of 256K for Google Cloud Storage, not 100K"),
        ("gs://bucket", "chunk_size=8388607T", "the option chunk_size must be from 256K to 5T for Google Cloud Storage, not 8388607T"),
        ("gs://bucket", "chunk_size=1M,parallel_parts=2", "the option chunk_size must be from 5M to 5G for Google Cloud Storage, not 1M"),
        ("gdrive://root", "chunk_size=1000001", "the option chunk_size must be a multiple of 256K for Google Drive, not 1000001"),
        ("obs://bucket", "region=r,chunk_size=99K", "the option chunk_size must be from 100K to 5G for Huawei Cloud OBS, not 99K"),
        (
            "google+https://h/upload/x", "chunk_size=1K",
            "the option chunk_size must be a multiple of 256K for any Google API's media upload method, not 1K"
        ),
    ])
    func sizesOfPartsAreThoseThatTheServiceAccepts(url: String, options: String, sentence: String) {
        #expect(throws: CommandFailure(.usage, sentence)) { try resolve(url, options: [options]) }
    }

    @Test(
        arguments: [
            ("obs://bucket", "region=r,chunk_size=150001", 150_001),
            ("gs://bucket", "chunk_size=5000001,parallel_parts=1,chunk_size=256K", 256 << 10),
            ("gs://bucket", "parallel_parts=4,chunk_size=6000001", 6_000_001), ("box://0", "chunk_size=77", 8 << 20),
        ] as [(String, String, Int64)])
    func everySizeOfThemIsAccepted(url: String, options: String, size: Int64) throws {
        #expect(try resolve(url, options: [options]).chunkSize == size)
    }

    @Test func everyServiceHasItsPartsAtOnce() throws {
        #expect(try resolve("gs://bucket").parallelParts == 1)
        #expect(try resolve("gdrive://root").parallelParts == 1)
        #expect(try resolve("box://0").parallelParts == 4)
        #expect(try resolve("obs://bucket", options: ["region=r"]).parallelParts == 4)
        #expect(try resolve("obs://bucket", options: ["region=r,parallel_parts=9"]).parallelParts == 9)
    }

    /// `extra_header` reaches every host that a destination has.
    @Test func everyServiceHasItsHosts() throws {
        let farm = ["item_url=https://api.example/x/{id},search_url=https://api.example/x?name={path}"]
        let cases: [(url: String, options: [String], hosts: [String])] = [
            ("gs://bucket", [], ["storage.googleapis.com"]), ("gdrive://root", [], ["www.googleapis.com"]),
            ("obs://bucket", ["region=r"], ["obs.r.myhuaweicloud.com", "bucket.obs.r.myhuaweicloud.com"]),
            ("obs://bucket", ["region=r", "path_style"], ["obs.r.myhuaweicloud.com"]), ("box://0", [], ["upload.box.com", ".box.com"]),
            ("box://0", ["endpoint=http://127.0.0.1:1/box"], ["127.0.0.1", "127.0.0.1"]),
            ("google+https://up.example/upload/x", farm, ["up.example", "api.example", "api.example"]),
        ]
        for (url, options, hosts) in cases { #expect(try resolve(url, options: options).hosts == hosts, "\(url) \(options)") }
    }

    @Test func theEmulatorIsFoundInTheEnvironment() throws {
        #expect(try resolve("gs://bucket", environment: ["STORAGE_EMULATOR_HOST": "127.0.0.1:9000"]).endpoint == "http://127.0.0.1:9000")
    }

    /// As systemd-escape --path prints them.
    @Test(arguments: [
        ("/mnt/up", "mnt-up"), ("/", "-"), ("/mnt/a-b", "mnt-a\\x2db"), ("/.hidden/x", "\\x2ehidden-x"), ("/a b", "a\\x20b"),
        ("/grün", "gr\\xc3\\xbcn"), ("//mnt///up/", "mnt-up"), ("//\u{301}a/\u{301}b", "\\xcc\\x81a-\\xcc\\x81b"),
    ])
    func mountpointsAreEscaped(path: String, name: String) {
        #expect(DefaultStateDirectory.escaped(path) == name)
    }

    @Test func stateDirectoriesHaveTheirPlaces() throws {
        #expect(try DefaultStateDirectory.path(mountpoint: "/mnt/up", isRoot: true, home: nil) == "/var/spool/uploadfs/mnt-up")
        #expect(
            try DefaultStateDirectory.path(mountpoint: "/mnt/up", isRoot: false, home: "/home/me") == "/home/me/.local/state/uploadfs/mnt-up")
        #expect(throws: CommandFailure.self) { try DefaultStateDirectory.path(mountpoint: "/mnt/up", isRoot: false, home: nil) }
        let long = "/" + String(repeating: "x", count: 256)
        #expect(throws: CommandFailure.self) { try DefaultStateDirectory.path(mountpoint: long, isRoot: true, home: nil) }
    }

    @Test func reportsOfReadinessPassThePipe() {
        let failure = CommandFailure(.noPermission, "the file x can be read by others: chmod 600 x")
        for report in [ReadySignal.Report.ready, .failed(failure)] { #expect(ReadySignal.decode(ReadySignal.encode(report)) == report) }
        #expect(ReadySignal.decode("") == .failed(CommandFailure(.software, "the mount's process ended before it was ready")))
    }

    @Test func theTableOfMountsIsRead() throws {
        let table = MountTable(
            mountinfo: """
                22 28 0:21 / /proc rw,relatime shared:12 - proc proc rw
                90 28 0:50 / /mnt/my\\040files rw,nosuid shared:50 - fuse.uploadfs gs://demo/a\\040b rw,user_id=0
                91 28 0:51 / /mnt rw - tmpfs tmpfs rw
                broken line
                """)
        #expect(table.entries.count == 3)
        #expect(table.ours == [.init(mountpoint: "/mnt/my files", device: "0:50", type: "fuse.uploadfs", source: "gs://demo/a b")])
        #expect(table.entry(containing: "/mnt/my files/x")?.source == "gs://demo/a b")
        #expect(table.entry(containing: "/mnt/my")?.type == "tmpfs")
        #expect(table.entry(containing: "/usr") == nil)
    }

    @Test func pathsAreComparedAndSplitByTheirBytes() {
        let line = { (mountpoint: String, source: String) in "90 28 0:50 / \(mountpoint) rw - fuse.uploadfs \(source) rw" }
        let lines: [String] = [line("/mnt/\u{E9}", "gs://one"), line("/mnt/e\u{301}", "gs://two")]
        let table = MountTable(mountinfo: lines.joined(separator: "\n"))
        #expect(table.entry(at: "/mnt/\u{E9}")?.source == "gs://one" && table.entry(at: "/mnt/e\u{301}")?.source == "gs://two")
        #expect(table.entry(containing: "/mnt/\u{E9}/\u{301}x")?.source == "gs://one")
        #expect(Path.isInside("/mnt/\u{301}x", "/mnt") && !Path.isInside("/mnt/e\u{301}", "/mnt/e"))
        #expect(Path.absolute("/\u{301}x") == "/\u{301}x")
        #expect(Path.resolvedParent("/tmp/./\u{301}x//").map { Array($0.utf8) } == Array("/tmp/\u{301}x".utf8))
        #expect(Path.resolvedAsFarAsItExists("/tmp/\u{301}none//\u{301}x/") == "/tmp/\u{301}none/\u{301}x")
        let failure = CommandFailure(.usage, "\u{301}x is wrong")
        #expect(ReadySignal.decode(ReadySignal.encode(.failed(failure))) == .failed(failure))
    }

    @Test func theCommandLineOfMountFuseIsAMount() {
        #expect(CommandLineForm.normalized(["gs://b", "/mnt", "-o", "ro"]) == ["mount", "gs://b", "/mnt", "-o", "ro"])
        #expect(CommandLineForm.normalized(["unmount", "--drain", "/mnt"]) == ["unmount", "--drain=unlimited", "/mnt"])
        #expect(CommandLineForm.normalized(["status", "--drain"]) == ["status", "--drain"])
    }
}
