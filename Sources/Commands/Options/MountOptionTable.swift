/// The options that every destination knows. Those of one service are in its `DestinationScheme`.
enum MountOptionTable {
    static let all = uploads + files + kernel + notBuilt

    /// Options of mount(8) and systemd that concern whoever calls us, or that have no meaning here. They are accepted so that
    /// a line in fstab may have them, and ignored.
    static let ignored: Set<String> = [
        "_netdev", "auto", "noauto", "comment", "defaults", "fail", "nofail", "group", "owner", "nouser", "user", "users",
        "atime", "diratime", "relatime", "norelatime", "strictatime", "nostrictatime", "lazytime", "nolazytime", "iversion", "noiversion",
        "mand", "nomand", "loud", "silent",
    ]

    /// Namespaces of options for others, of which mount(8) says that programs ignore what they do not know.
    static let ignoredPrefixes = ["x-", "X-"]

    static func isIgnored(_ name: String) -> Bool {
        ignored.contains(name) || ignoredPrefixes.contains { name.hasPrefix($0) }
    }

    private static let uploads: [MountOption] = [
        .value("endpoint", .text("URL"), "send to this host instead of the service's own") {
            $0.endpoint = $1
        },
        .value("credentials", .text("FILE"), "credential file; refused if other users can read it") {
            $0.credentials = try OptionValue.path($1)
        },
        .value("config", .text("FILE"), "configuration file; by default /etc/uploadfs/config.toml, then ~/.config/uploadfs/config.toml") {
            $0.configuration = try OptionValue.path($1)
        },
        .value("state_dir", .text("DIR"), "hidden directory of the spooled files and checkpoints") {
            $0.stateDirectory = try OptionValue.path($1)
        },
        .value("chunk_size", .size("SIZE"), "bytes of one part, a multiple of 256K; what suits the service by default") {
            $0.chunkSize = try OptionValue.chunkSize($1)
        },
        .value("parallel_files", .number("N"), "uploads at once, 1 to 64; 4 by default") {
            $0.parallelFiles = try OptionValue.wholeNumber($1, in: 1...64)
        },
        .value("parallel_parts", .number("N"), "parts of one upload at once, where the protocol allows it, 1 to 64; 4 by default") {
            $0.parallelParts = try OptionValue.wholeNumber($1, in: 1...64)
        },
        .value("verify_source", .text("stat|sha256"), "how a file is compared before its upload goes on: by size and time, the default, or its bytes")
        {
            $0.verifiesSources = try OptionValue.choice($1, ["stat": false, "sha256": true])
        },
        .value("close", .text("queue|upload"), "what close() waits for; queue by default") {
            $0.closeWaits = try OptionValue.choice($1, ["queue": false, "upload": true])
        },
        .value("fsync", .text("spool|upload"), "what fsync() waits for; spool by default") {
            $0.fsyncWaits = try OptionValue.choice($1, ["spool": false, "upload": true])
        },
        .value("settle", .number("SECONDS"), "quiet time after the last close before an upload starts; 1 by default") {
            $0.settle = try OptionValue.seconds($1, max: 86_400)
        },
        .value("hold", .list("GLOB"), "one more name that waits for its rename; an empty GLOB clears the list first") {
            if $1.isEmpty { $0.hold = [] } else { $0.hold.append($1) }
        },
        .value("on_remove", .text("delete|keep"), "what a removal or rename does to the uploaded object; delete by default") {
            $0.propagatesRemovals = try OptionValue.choice($1, ["delete": true, "keep": false])
        },
        .value("extra_header", .list("NAME:VALUE"), "sent with every request to the destination; may be repeated", isSecret: true) {
            $0.extraHeaders.append(try OptionValue.header($1))
        },
        .value("passthrough", .text("auto|on|off"), "let the kernel read and write spool files itself; auto by default") {
            $0.passthrough = try OptionValue.choice($1, ["auto": .auto, "on": .on, "off": .off])
        },
        // Accepted as far as they say what happens anyhow.
        .value("keep", .text("all"), "which local copies of uploaded files are kept") {
            if $1 != "all" { throw CommandFailure.notBuilt("keep=\($1.printable)") }
        },
        .value("spool_full", .text("block"), "what a writer gets when the spool is full") {
            if try OptionValue.choice($1, ["block": false, "enospc": true]) { throw CommandFailure.notBuilt("spool_full=enospc") }
        },
    ]

    private static let files: [MountOption] = [
        .value("uid", .number("N"), "every file belongs to this user") { $0.owner = try OptionValue.accountNumber($1) },
        .value("gid", .number("N"), "every file belongs to this group") { $0.group = try OptionValue.accountNumber($1) },
        .value("umask", .text("MODE"), "permission bits that no file shows, octal") { $0.umask = try OptionValue.mode($1) },
        .flag("allow_other", "let other users in") { $0.allowOther = $1 },
        .flag("default_permissions", "let the kernel check permission bits") { $0.defaultPermissions = $1 },
        .flag("ro", "read-only; uploads that are pending go on") { $0.readOnly = $1 },
        .flag("rw") { $0.readOnly = !$1 },
    ]

    private static let kernel: [MountOption] = [
        "suid", "nosuid", "dev", "nodev", "exec", "noexec", "async", "sync", "dirsync", "noatime", "nodiratime",
    ].map(MountOption.kernel)

    private static let notBuilt: [MountOption] = [
        .notBuilt("bandwidth", .size("RATE")), .notBuilt("remount"), .notBuilt("spool_max", .size("SIZE")),
    ]
}
