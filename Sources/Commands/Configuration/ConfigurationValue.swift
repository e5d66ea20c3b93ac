import TOMLKit

/// The value of an entry in a configuration file, as far as options take such a thing.
enum ConfigurationValue: Equatable {
    case text(String)
    /// A whole or decimal number, in digits.
    case number(String)
    case flag(Bool)
    case list([ConfigurationValue])
    /// Another type of TOML; what it is called.
    case other(String)

    init(_ value: any TOMLValueConvertible) {
        if let text = value.string {
            self = .text(text)
        } else if let number = value.int {
            self = .number(String(number))
        } else if let number = value.double {
            self = .number(String(number))
        } else if let flag = value.bool {
            self = .flag(flag)
        } else if let array = value.array {
            self = .list(array.map(ConfigurationValue.init))
        } else {
            self = .other(value.type == .table ? "a table" : "a date or time")
        }
    }

    /// For the end of a sentence.
    var description: String {
        switch self {
        case .text: "a string"
        case .number: "a number"
        case .flag: "true or false"
        case .list: "a list"
        case .other(let name): name
        }
    }
}

extension MountOption {
    /// Applies the option as a configuration file has it.
    func apply(_ value: ConfigurationValue, to settings: inout MountSettings) throws(CommandFailure) {
        switch (kind, value) {
        case (.flag, .flag(let isOn)):
            try apply("", isOn: isOn, to: &settings)
        case (.text, .text(let text)), (.list, .text(let text)), (.size, .text(let text)), (.size, .number(let text)), (.number, .number(let text)):
            try apply(text, isOn: true, to: &settings)
        case (.list, .list(let values)):
            for value in values {
                guard case .text(let text) = value else { throw wrongType(value) }
                try apply(text, isOn: true, to: &settings)
            }
        default:
            throw wrongType(value)
        }
    }

    private func wrongType(_ value: ConfigurationValue) -> CommandFailure {
        let wanted =
            switch kind {
            case .flag: "must be true or false"
            case .text: "must be a string in quotes"
            case .list: "must be a string in quotes, or a list of strings"
            case .number: "must be a number without quotes"
            case .size: "must be a number of bytes, or a string such as \"8M\""
            }
        return CommandFailure(.usage, "the option \(name) \(wanted), not \(value.description)")
    }
}
