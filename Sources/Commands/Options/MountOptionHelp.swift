/// The part of `uploadfs mount --help` that lists the options, made from the tables, so that they cannot differ.
enum MountOptionHelp {
    static var text: String {
        let later = MountOptionTable.all.filter { if case .notBuilt = $0.effect { true } else { false } }
        let summedUp = MountOptionTable.all.filter { option in !later.contains { $0.name == option.name } && option.summary.isEmpty }
        return """
            OPTIONS FOR -o:
            \(list(MountOptionTable.all))

            \(DestinationSchemes.all.filter { !$0.options.isEmpty }.map(section).joined(separator: "\n\n"))

            PART SIZES (chunk_size):
            \(partSizes)

            NAMES THAT WAIT FOR THEIR RENAME (hold):
            \(hold)

            Sizes take K, M, G, T (powers of 1024); a comma in a value is written '\\,'.
            As in mount(8): \(summedUp.map(\.name).joined(separator: " ")).
            Accepted and ignored: \(MountOptionTable.ignored.sorted().joined(separator: " ")) x-*.
            Not supported yet: \(later.map(usage).joined(separator: " ")).
            """
    }

    /// The forms of a destination, one a line.
    static var destinations: String {
        let width = DestinationSchemes.all.map(\.form.count).max() ?? 0
        return DestinationSchemes.all.map { "  " + $0.form.padded(to: width) + "  " + $0.service }.joined(separator: "\n")
    }

    private static var partSizes: String {
        var lines: [(name: String, text: String)] = []
        for scheme in DestinationSchemes.all {
            lines.append((scheme.prefix, scheme.partSizes?.summary ?? "chosen by the service; chunk_size has no effect"))
            if let sizes = scheme.partSizesInParallel { lines.append(("", "with parallel_parts above 1: \(sizes.summary)")) }
        }
        return table(lines)
    }

    private static var hold: String {
        table(DefaultHold.groups.map { ($0.patterns.joined(separator: " "), $0.programs) })
    }

    /// Two columns, no line of which is wider than a terminal of 80 columns. What is too long for the first has a line of its own.
    private static func table(_ lines: [(name: String, text: String)]) -> String {
        let width = min(lines.map(\.name.count).max() ?? 0, nameWidthMax)
        let indent = String(repeating: " ", count: width + 4)
        return lines.flatMap { line -> [String] in
            let texts = wrapped(line.text, to: columns - indent.count).map { indent + $0 }
            if line.name.count > width { return ["  " + line.name] + texts }
            return ["  " + line.name.padded(to: width) + "  " + texts.joined(separator: "\n").dropFirst(indent.count)]
        }.joined(separator: "\n")
    }

    private static let columns = 79
    private static let nameWidthMax = 26

    private static func wrapped(_ text: String, to width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    private static func section(_ scheme: DestinationScheme) -> String {
        "OPTIONS OF \(scheme.prefix):\n\(list(scheme.options))"
    }

    private static func list(_ options: [MountOption]) -> String {
        table(options.filter { !$0.summary.isEmpty }.map { (usage($0), $0.summary) })
    }

    private static func usage(_ option: MountOption) -> String {
        option.kind.placeholder.map { "\(option.name)=\($0)" } ?? option.name
    }
}
