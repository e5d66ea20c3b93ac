import UploadCore

/// Finds what the name of an option stands for at a destination.
enum OptionLookup {
    case option(MountOption)
    /// For others than us; see `MountOptionTable.ignored`.
    case ignored
    /// An option of these services, and not of the destination's.
    case ofOthers([DestinationScheme])
    case unknown

    /// - Parameter scheme: the destination's; nil for none in particular.
    init(_ name: String, for scheme: DestinationScheme?) {
        if let option = (MountOptionTable.all + (scheme?.options ?? [])).first(where: { $0.name == name }) {
            self = .option(option)
        } else if MountOptionTable.isIgnored(name) {
            self = .ignored
        } else {
            let others = DestinationSchemes.all.filter { $0.options.contains { $0.name == name } }
            self = others.isEmpty ? .unknown : .ofOthers(others)
        }
    }

    /// What is wrong with a name that the destination does not know, as a sentence.
    static func objection(to name: String, for scheme: DestinationScheme?) -> String {
        if let scheme, case .ofOthers(let others) = OptionLookup(name, for: scheme) {
            return "\(name) is not an option of \(scheme.prefix); it is an option of \(others.map(\.prefix).joined(separator: " and "))"
        }
        let services = scheme.map { [$0] } ?? DestinationSchemes.all
        let known = (MountOptionTable.all + services.flatMap(\.options)).map(\.name) + MountOptionTable.ignored.sorted()
        let nearest = NearestName.of(name, among: known)
        return "unknown option '\(name.printable)'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    }
}
