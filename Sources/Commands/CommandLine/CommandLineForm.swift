/// Forms of the command line that ArgumentParser does not know, spelt out before it sees them.
enum CommandLineForm {
    /// ArgumentParser would take the word after a bare `--drain`, the mountpoint, as its value.
    static let drainWithoutLimit = "unlimited"

    static func normalized(_ arguments: [String]) -> [String] {
        guard let first = arguments.first else { return arguments }
        if first == "unmount" { return arguments.map { $0 == "--drain" ? "--drain=\(drainWithoutLimit)" : $0 } }
        // mount.fuse(8) runs the program that the type `fuse.uploadfs` names as: uploadfs SOURCE TARGET -o OPTIONS.
        if first.contains("://") { return ["mount"] + arguments }
        return arguments
    }
}
