/// Reads the `-o` options of a mount.
enum MountOptionParser {
    /// Changes the settings as the options say.
    /// - Parameters:
    ///   - lists: what each `-o` was given, in order; later options win.
    ///   - scheme: the destination's, which has options of its own.
    ///   - isSloppy: whether unknown options are skipped, which mount(8) calls sloppy.
    static func apply(
        _ lists: [String], of scheme: DestinationScheme, to settings: inout MountSettings, isSloppy: Bool = false
    ) throws(CommandFailure) {
        for item in lists.flatMap(OptionList.split) {
            switch OptionLookup(item.name, for: scheme) {
            case .option(let option): try option.apply(item, to: &settings)
            case .ignored: break
            case .ofOthers, .unknown:
                if !isSloppy { throw CommandFailure(.usage, OptionLookup.objection(to: item.name, for: scheme)) }
            }
        }
    }

    /// What the options of one `-o` after the other come to, without a configuration file.
    static func parse(_ lists: [String], of scheme: DestinationScheme, isSloppy: Bool = false) throws(CommandFailure) -> MountSettings {
        var settings = MountSettings()
        try apply(lists, of: scheme, to: &settings, isSloppy: isSloppy)
        return settings
    }
}
