import UploadCore

/// The options that every destination knows. Those of one service are in its `DestinationScheme`.
enum MountOptionTable {
    static let all = uploads + files + kernel + notBuilt

    /// Options of mount(8) and systemd that concern the caller, or that have no meaning here: times of access are those of the spool's
    /// file system. They are accepted so that a line in fstab may have them, and ignored.
    static let ignored: Set<String> = [
        "_netdev", "auto", "noauto", "comment", "defaults", "fail", "nofail", "group", "owner", "nouser", "user", "users",
        "atime", "diratime", "nodiratime", "relatime", "norelatime", "strictatime", "nostrictatime", "lazytime", "nolazytime", "iversion",
        "noiversion", "mand", "nomand", "loud", "silent",
    ]

    /// Namespaces of options for others, of which mount(8) says that programs ignore what they do not know.
    static let ignoredPrefixes = ["x-", "X-"]

    static func isIgnored(_ name: String) -> Bool {
        ignored.contains(name) || ignoredPrefixes.contains { name.hasPrefix($0) }
    }

    private static var parallelPartsDefaults: String {
        let several = DestinationSchemes.all.filter { $0.parallelParts > 1 }
        return "default " + several.map { "\($0.parallelParts) for \($0.prefix)" }.joined(separator: ", ") + ", 1 for the others"
    }

    private static var settleDefault: Int64 { MountSettings().settle.components.seconds }

    private static let uploads: [MountOption] = [
        .value("endpoint", .text("URL"), "use this host instead of the service's own") {
            $0.endpoint = $1
        },
        .value("credentials", .text("FILE"), "credential file; must not be readable by other users") {
            $0.credentials = try OptionValue.path($1)
        },
        .value("config", .text("FILE"), "configuration file; default: /etc/uploadfs/config.toml, then ~/.config/uploadfs/config.toml") {
            $0.configuration = try OptionValue.path($1)
        },
        .value("state_dir", .text("DIR"), "directory for the local files and checkpoints") {
            $0.stateDirectory = try OptionValue.path($1)
        },
        .value("chunk_size", .size("SIZE"), "size of one part; see PART SIZES") {
            $0.chunkSize = try OptionValue.size($1)
        },
        .value("parallel_files", .number("N"), "files uploaded at the same time, 1 to 64; default \(MountSettings().parallelFiles)") {
            $0.parallelFiles = try OptionValue.wholeNumber($1, in: 1...64)
        },
        .value("parallel_parts", .number("N"), "parts of one file uploaded at once, where the service allows it, 1 to 64; \(parallelPartsDefaults)") {
            $0.parallelParts = try OptionValue.wholeNumber($1, in: 1...64)
        },
        .value(
            "verify_source", .text("stat|sha256"), "how a file is compared before its upload resumes: by size and time, the default, or by its bytes"
        ) {
            $0.verifiesSources = try OptionValue.choice($1, ["stat": false, "sha256": true])
        },
        .value("close", .text("queue|upload"), "what close() waits for: the local disk (queue, the default), or the upload") {
            $0.closeWaits = try OptionValue.choice($1, ["queue": false, "upload": true])
        },
        .value("fsync", .text("spool|upload"), "what fsync() waits for: the local disk (spool, the default), or the upload") {
            $0.fsyncWaits = try OptionValue.choice($1, ["spool": false, "upload": true])
        },
        .value("settle", .number("SECONDS"), "time without a change after the last close before an upload starts; default \(settleDefault)") {
            $0.settle = try OptionValue.seconds($1, max: 86_400)
        },
        .value("hold", .list("GLOB"), "another pattern for names that are not uploaded until they are renamed; an empty GLOB clears the list first") {
            if $1.isEmpty { $0.hold = [] } else { $0.hold.append($1) }
        },
        .value("on_remove", .text("delete|keep"), "what removing or renaming a file does to its object; default delete") {
            $0.propagatesRemovals = try OptionValue.choice($1, ["delete": true, "keep": false])
        },
        .value("extra_header", .list("NAME:VALUE"), "header sent with every request to the destination; may be repeated", isSecret: true) {
            $0.extraHeaders.append(try OptionValue.header($1))
        },
        .value("passthrough", .text("auto|on|off"), "let the kernel read and write local files directly; default auto") {
            $0.passthrough = try OptionValue.choice($1, ["auto": .auto, "on": .on, "off": .off])
        },
        // Accepted as far as they say what happens anyhow.
        .value("keep", .text("all"), "local copies of uploaded files that are kept") {
            if $1 != "all" { throw CommandFailure.notBuilt("keep=\($1.printable)") }
        },
        .value("spool_full", .text("block"), "what a writer gets when the spool is full") {
            if try OptionValue.choice($1, ["block": false, "enospc": true]) { throw CommandFailure.notBuilt("spool_full=enospc") }
        },
    ]

    private static let files: [MountOption] = [
        .value("uid", .number("N"), "show this user as the owner of every file") { $0.owner = try OptionValue.accountNumber($1) },
        .value("gid", .number("N"), "show this group as the group of every file") { $0.group = try OptionValue.accountNumber($1) },
        .value("umask", .text("MODE"), "permission bits that are hidden from every file, octal") { $0.umask = try OptionValue.mode($1) },
        .flag("allow_other", "allow other users to access the mount") { $0.allowOther = $1 },
        .flag("default_permissions", "let the kernel check permissions") { $0.defaultPermissions = $1 },
        .flag("ro", "mount read-only; pending uploads continue") { $0.readOnly = $1 },
        .flag("rw") { $0.readOnly = !$1 },
    ]

    private static let kernel: [MountOption] =
        [
            "suid", "nosuid", "dev", "nodev", "exec", "noexec", "async", "sync", "dirsync", "noatime",
        ].map(MountOption.kernel) + [
            .flag("symfollow") { $0.followsSymbolicLinks = $1 },
            .flag("nosymfollow") { $0.followsSymbolicLinks = !$1 },
        ]

    private static let notBuilt: [MountOption] = [
        .notBuilt("bandwidth", .size("RATE")), .notBuilt("remount"), .notBuilt("spool_max", .size("SIZE")),
    ]
}
