import UploadCore

/// What is wrong with a configuration file whatever the destination is: names that no destination knows, secrets that others can read.
struct ConfigurationCheck {
    let file: ConfigurationFile

    /// - Parameter isOpenToOthers: whether other users can read the file.
    func run(isOpenToOthers: Bool) throws(CommandFailure) {
        for entry in file.general { try check(entry, for: nil, isOpenToOthers) }
        for section in file.sections {
            let scheme = try scheme(of: section)
            for entry in section.entries { try check(entry, for: scheme, isOpenToOthers) }
        }
    }

    /// Nil where a later version will know the scheme.
    private func scheme(of section: ConfigurationFile.Section) throws(CommandFailure) -> DestinationScheme? {
        let name = section.prefix.prefix { $0 != ":" }.lowercased()
        if DestinationSchemes.planned.contains(name) { return nil }
        if let scheme = DestinationSchemes.all.first(where: { $0.names.contains(name) }) { return scheme }
        let known = DestinationSchemes.all.flatMap(\.names) + DestinationSchemes.planned
        let nearest = NearestName.of(name, among: known).map { "; did you mean '\($0)'?" } ?? ""
        throw failure(section.line, "unknown scheme '\(name.printable)'\(nearest)")
    }

    /// - Parameter scheme: of the section; nil outside of one, where the options of every service may stand.
    private func check(_ entry: ConfigurationFile.Entry, for scheme: DestinationScheme?, _ isOpenToOthers: Bool) throws(CommandFailure) {
        guard let option = try option(entry, for: scheme) else { return }
        if option.name == "config" { throw failure(entry.line, "a configuration file cannot name another one") }
        if option.isSecret, isOpenToOthers {
            throw failure(
                entry.line,
                "\(option.name) is a secret, but other users can read this file; run: chmod 600 \(file.path.printable)")
        }
    }

    private func option(_ entry: ConfigurationFile.Entry, for scheme: DestinationScheme?) throws(CommandFailure) -> MountOption? {
        switch OptionLookup(entry.name, for: scheme) {
        case .option(let option): return option
        case .ignored: return nil
        case .ofOthers where scheme == nil: return nil
        case .ofOthers, .unknown: throw failure(entry.line, OptionLookup.objection(to: entry.name, for: scheme))
        }
    }

    private func failure(_ line: Int, _ sentence: String) -> CommandFailure {
        CommandFailure(.configuration, "\(file.path.printable):\(line): \(sentence)")
    }
}
