/// The part of `uploadfs mount --help` that lists the options, made from the tables, so that they cannot differ.
enum MountOptionHelp {
    static var text: String {
        let later = MountOptionTable.all.filter { if case .notBuilt = $0.effect { true } else { false } }
        let summedUp = MountOptionTable.all.filter { option in !later.contains { $0.name == option.name } && option.summary.isEmpty }
        return """
            OPTIONS FOR -o:
            \(list(MountOptionTable.all))

            \(DestinationSchemes.all.filter { !$0.options.isEmpty }.map(section).joined(separator: "\n\n"))

            Sizes take K, M, G, T (powers of 1024); a comma in a value is written '\\,'.
            As in mount(8): \(summedUp.map(\.name).joined(separator: " ")).
            Accepted and ignored: \(MountOptionTable.ignored.sorted().joined(separator: " ")) x-*.
            Not built yet: \(later.map(usage).joined(separator: " ")).
            """
    }

    /// The forms of a destination, one a line.
    static var destinations: String {
        let width = DestinationSchemes.all.map(\.form.count).max() ?? 0
        return DestinationSchemes.all.map { "  " + $0.form.padded(to: width) + "  " + $0.service }.joined(separator: "\n")
    }

    private static func section(_ scheme: DestinationScheme) -> String {
        "OPTIONS OF \(scheme.prefix):\n\(list(scheme.options))"
    }

    private static func list(_ options: [MountOption]) -> String {
        let described = options.filter { !$0.summary.isEmpty }
        let width = described.map { usage($0).count }.max() ?? 0
        return described.map { "  " + usage($0).padded(to: width) + "  " + $0.summary }.joined(separator: "\n")
    }

    private static func usage(_ option: MountOption) -> String {
        option.kind.placeholder.map { "\(option.name)=\($0)" } ?? option.name
    }
}
