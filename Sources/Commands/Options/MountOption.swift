/// One option that `-o` knows.
struct MountOption: Sendable {
    enum Argument: Sendable, Equatable {
        case none
        /// `name=VALUE`, shown as that in the help.
        case value(String)
    }

    enum Effect: Sendable {
        /// Changes the settings. The value is empty for an option that takes none.
        case set(@Sendable (inout MountSettings, String) throws -> Void)
        /// Accepted without any effect.
        case ignored
        /// Part of the interface, but of a later version.
        case notBuilt
    }

    let name: String
    let argument: Argument
    /// One line for the help; empty for options that the help sums up.
    let summary: String
    let effect: Effect

    static func value(
        _ name: String, _ placeholder: String, _ summary: String, set: @escaping @Sendable (inout MountSettings, String) throws -> Void
    ) -> MountOption {
        MountOption(name: name, argument: .value(placeholder), summary: summary, effect: .set(set))
    }

    static func flag(_ name: String, _ summary: String = "", set: @escaping @Sendable (inout MountSettings) -> Void) -> MountOption {
        MountOption(name: name, argument: .none, summary: summary, effect: .set { settings, _ in set(&settings) })
    }

    /// Handed to the kernel as it is.
    static func kernel(_ name: String) -> MountOption {
        flag(name) { $0.kernelOptions.append(name) }
    }

    static func notBuilt(_ name: String, _ argument: Argument = .none) -> MountOption {
        MountOption(name: name, argument: argument, summary: "", effect: .notBuilt)
    }
}

extension MountOption {
    /// Applies the option as it was given.
    func apply(_ item: OptionList.Item, to settings: inout MountSettings) throws(CommandFailure) {
        guard case .set(let set) = effect else {
            if case .ignored = effect { return }
            throw .notBuilt("the option \(name)")
        }
        if argument == .none, item.value != nil { throw CommandFailure(.usage, "the option \(name) takes no value") }
        if case .value(let placeholder) = argument, item.value == nil {
            throw CommandFailure(.usage, "the option \(name) needs a value: \(name)=\(placeholder)")
        }
        do {
            try set(&settings, item.value ?? "")
        } catch let problem as OptionValue.Problem {
            throw CommandFailure(.usage, "the option \(name) \(problem.text)")
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.software, "the option \(name) cannot be read: \(error)")
        }
    }
}
