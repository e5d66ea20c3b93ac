import UploadCore

/// The options of one place, which change the settings of the places before it.
struct SettingsLayer: Equatable {
    let file: String
    let entries: [ConfigurationFile.Entry]
    /// Whether it holds for every destination. It may then have options that this destination's service does not know, for the sake
    /// of others.
    let isGeneral: Bool

    func apply(to settings: inout MountSettings, of scheme: DestinationScheme) throws(CommandFailure) {
        for entry in entries {
            switch OptionLookup(entry.name, for: scheme) {
            case .option(let option):
                do {
                    try option.apply(entry.value, to: &settings)
                } catch {
                    let status = error.status == .usage ? .configuration : error.status
                    throw CommandFailure(status, "\(file.printable):\(entry.line): \(error.sentence)")
                }
            case .ignored: break
            case .ofOthers where isGeneral: break
            case .ofOthers, .unknown:
                throw CommandFailure(.configuration, "\(file.printable):\(entry.line): \(OptionLookup.objection(to: entry.name, for: scheme))")
            }
        }
    }
}
