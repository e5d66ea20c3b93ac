/// One option of a mount, as `-o` and the configuration file know it.
struct MountOption: Sendable {
    /// What follows the name. The configuration file writes each kind as the TOML type that suits it.
    enum Kind: Sendable, Equatable {
        case flag
        /// `name=VALUE`; the placeholder is what the help shows for VALUE.
        case text(String)
        /// The same, and may be given several times: each adds one.
        case list(String)
        case number(String)
        /// Bytes: a number, or a text such as `8M`.
        case size(String)

        var placeholder: String? {
            switch self {
            case .flag: nil
            case .text(let placeholder), .list(let placeholder), .number(let placeholder), .size(let placeholder): placeholder
            }
        }
    }

    enum Effect: Sendable {
        case set(@Sendable (inout MountSettings, String) throws -> Void)
        /// For flags. `-o` can only turn one on; the configuration file can turn it off, too.
        case turn(@Sendable (inout MountSettings, Bool) -> Void)
        /// Accepted without any effect.
        case ignored
        /// Part of the interface, but of a later version.
        case notBuilt
    }

    let name: String
    let kind: Kind
    /// One line for the help; empty for options that the help sums up.
    let summary: String
    /// Whether a value is to be kept from other users; a configuration file that has one may be readable by its owner only.
    var isSecret = false
    let effect: Effect

    static func value(
        _ name: String, _ kind: Kind, _ summary: String, isSecret: Bool = false,
        set: @escaping @Sendable (inout MountSettings, String) throws -> Void
    ) -> MountOption {
        MountOption(name: name, kind: kind, summary: summary, isSecret: isSecret, effect: .set(set))
    }

    static func flag(_ name: String, _ summary: String = "", turn: @escaping @Sendable (inout MountSettings, Bool) -> Void) -> MountOption {
        MountOption(name: name, kind: .flag, summary: summary, effect: .turn(turn))
    }

    /// Handed to the kernel as it is.
    static func kernel(_ name: String) -> MountOption {
        flag(name) { settings, isOn in
            settings.kernelOptions.removeAll { $0 == name }
            if isOn { settings.kernelOptions.append(name) }
        }
    }

    static func notBuilt(_ name: String, _ kind: Kind = .flag) -> MountOption {
        MountOption(name: name, kind: kind, summary: "", effect: .notBuilt)
    }
}

// MARK: Options of one service

extension MountOption {
    /// An option that only some services know. Its value is kept as text for the destination's scheme, which reads it when the
    /// destination is resolved; `check` throws where the text cannot be a value. The values of a list have commas between them.
    static func service(
        _ name: String, _ kind: Kind, _ summary: String, isSecret: Bool = false, check: @escaping @Sendable (String) throws -> Void = { _ in }
    ) -> MountOption {
        guard kind != .flag else {
            return flag(name, summary) { $0.service[name] = $1 ? "true" : nil }
        }
        return value(name, kind, summary, isSecret: isSecret) { settings, value in
            try check(value)
            if case .list = kind, let others = settings.service[name] {
                settings.service[name] = "\(others),\(value)"
            } else {
                settings.service[name] = value
            }
        }
    }

    /// The same for the path of a file, which is made absolute.
    static func serviceFile(_ name: String, _ summary: String) -> MountOption {
        value(name, .text("FILE"), summary) { $0.service[name] = try OptionValue.path($1) }
    }
}

// MARK: Applying

extension MountOption {
    /// Applies the option as `-o` was given it.
    func apply(_ item: OptionList.Item, to settings: inout MountSettings) throws(CommandFailure) {
        if kind == .flag, item.value != nil { throw CommandFailure(.usage, "the option \(name) takes no value") }
        if let placeholder = kind.placeholder, item.value == nil {
            throw CommandFailure(.usage, "the option \(name) needs a value: \(name)=\(placeholder)")
        }
        try apply(item.value ?? "", isOn: true, to: &settings)
    }

    /// - Parameters:
    ///   - value: empty for a flag.
    ///   - isOn: what a flag is set to.
    func apply(_ value: String, isOn: Bool, to settings: inout MountSettings) throws(CommandFailure) {
        do {
            switch effect {
            case .set(let set): try set(&settings, value)
            case .turn(let turn): turn(&settings, isOn)
            case .ignored: break
            case .notBuilt: throw CommandFailure.notBuilt("the option \(name)")
            }
        } catch let problem as OptionValue.Problem {
            throw CommandFailure(.usage, "the option \(name) \(problem.text)")
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.software, "the option \(name) cannot be read: \(error)")
        }
    }
}
