/// Reads the `-o` options of a mount.
public enum MountOptionParser {
    /// - Parameters:
    ///   - lists: what each `-o` was given, in order; later options win.
    ///   - isSloppy: whether unknown options are skipped, which mount(8) calls sloppy.
    public static func parse(_ lists: [String], isSloppy: Bool = false) throws(CommandFailure) -> MountSettings {
        var settings = MountSettings()
        for list in lists {
            for item in OptionList.split(list) {
                try apply(item, to: &settings, isSloppy)
            }
        }
        return settings
    }

    private static func apply(_ item: OptionList.Item, to settings: inout MountSettings, _ isSloppy: Bool) throws(CommandFailure) {
        if let option = MountOptionTable.option(named: item.name) {
            try option.apply(item, to: &settings)
        } else if !isSloppy, !MountOptionTable.isIgnored(item.name) {
            throw unknown(item.name)
        }
    }

    private static func unknown(_ name: String) -> CommandFailure {
        let known = MountOptionTable.all.map(\.name) + MountOptionTable.ignored.sorted()
        let nearest = NearestName.of(name, among: known)
        let hint = nearest.map { "; the nearest known one is '\($0)'" } ?? ""
        return CommandFailure(.usage, "the option '\(name.printable)' is unknown\(hint)")
    }
}
