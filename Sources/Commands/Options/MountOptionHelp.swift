/// The part of `uploadfs mount --help` that lists the options, made from the table, so that the two cannot differ.
enum MountOptionHelp {
    static var text: String {
        let described = MountOptionTable.all.filter { !$0.summary.isEmpty }
        let width = described.map { usage($0).count }.max() ?? 0
        let lines = described.map { option in
            "  " + usage(option).padded(to: width) + "  " + option.summary
        }
        let kernel = MountOptionTable.all.filter { if case .set = $0.effect { $0.summary.isEmpty } else { false } }.map(\.name)
        let later = MountOptionTable.all.filter { if case .notBuilt = $0.effect { true } else { false } }.map(usage)
        return """
            OPTIONS FOR -o:
            \(lines.joined(separator: "\n"))

            Sizes take K, M, G, T (powers of 1024); a comma in a value is written '\\,'.
            As in mount(8): \(kernel.joined(separator: " ")).
            Accepted and ignored: \(MountOptionTable.ignored.sorted().joined(separator: " ")) x-*.
            Not built yet: \(later.joined(separator: " ")).
            """
    }

    private static func usage(_ option: MountOption) -> String {
        if case .value(let placeholder) = option.argument { "\(option.name)=\(placeholder)" } else { option.name }
    }
}
