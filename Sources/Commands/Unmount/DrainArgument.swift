/// `--drain[=SECONDS]`: the value can only follow an equals sign.
///
/// ArgumentParser takes the next word as the value of an option that was given without one, which would be the mountpoint. So
/// a bare `--drain` is spelt out before it is parsed.
enum DrainArgument {
    static let withoutLimit = "unlimited"

    static func normalized(_ arguments: [String]) -> [String] {
        guard arguments.first == "unmount" else { return arguments }
        return arguments.map { $0 == "--drain" ? "--drain=\(withoutLimit)" : $0 }
    }
}
