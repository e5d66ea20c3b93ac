/// Names under which programs write a file before they rename it to its real one. They are never uploaded: the rename is
/// what makes them a file, and a file is uploaded under its final name only.
///
/// `uploadfs mount --help` lists them from here, and a test finds each of them in docs/DESTINATIONS.md.
enum DefaultHold {
    /// The patterns of one kind of program.
    struct Group: Sendable {
        let programs: String
        let patterns: [String]
    }

    static let groups: [Group] = [
        Group(programs: "rsync, while it receives", patterns: [".*.??????"]),
        Group(programs: "vi and Vim: swap files, the probe for a writable directory, backups", patterns: [".*.sw?", "4913", "*~"]),
        Group(programs: "Emacs: locks and autosaves", patterns: [".#*", "#*#"]),
        Group(programs: "LibreOffice and Microsoft Office: locks", patterns: [".~lock.*#", "~$*"]),
        Group(
            programs: "browsers and download managers",
            patterns: ["*.part", "*.crdownload", "*.download", "*.partial", "*.opdownload", "*.aria2"]),
        Group(programs: "GNOME, KDE and others, while they save", patterns: [".goutputstream-*", "*.kate-swp", "*.tmp"]),
    ]

    static var patterns: [String] { groups.flatMap(\.patterns) }
}
