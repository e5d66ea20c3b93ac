/// Names under which programs write a file before they rename it to its real one. They are never uploaded: the rename is
/// what makes them a file, and a file is uploaded under its final name only.
enum DefaultHold {
    static let patterns: [String] = [
        // rsync: `.name.XXXXXX` while it receives.
        ".*.??????",
        // vim: swap files, the probe for a writable directory, and backups.
        ".*.sw?", "4913", "*~",
        // emacs: locks and autosaves.
        ".#*", "#*#",
        // LibreOffice and Microsoft Office: locks and owner files.
        ".~lock.*#", "~$*",
        // Browsers and download managers.
        "*.part", "*.crdownload", "*.download", "*.partial", "*.opdownload", "*.aria2",
        // GNOME's and KDE's safe save, and others that name it plainly.
        ".goutputstream-*", "*.kate-swp", "*.tmp",
    ]
}
