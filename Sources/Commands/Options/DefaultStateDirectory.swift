import LinuxIO

/// Where a mount keeps its state when `state_dir` does not say.
enum DefaultStateDirectory {
    /// A name on Linux has at most so many bytes.
    private static let nameMax = 255

    /// - Parameters:
    ///   - mountpoint: absolute, without links.
    ///   - home: the user's home directory, needed by ordinary users only.
    static func path(mountpoint: String, isRoot: Bool, home: String?) throws(CommandFailure) -> String {
        let name = escaped(mountpoint)
        guard name.utf8.count <= nameMax else {
            throw CommandFailure(.usage, "the mountpoint's path is too long for a default state directory; set one with -o state_dir=DIR")
        }
        if isRoot { return "/var/spool/uploadfs/\(name)" }
        guard let home, home.startsWithBytes(of: "/") else {
            throw CommandFailure(.usage, "HOME is not set, so there is no default state directory; set one with -o state_dir=DIR")
        }
        return "\(home)/.local/state/uploadfs/\(name)"
    }

    /// The path as one name, as systemd-escape(1) does it with `--path`: `/` becomes `-`, and what is no letter, digit, `:`,
    /// `_` or `.` becomes `\xNN`.
    static func escaped(_ path: String) -> String {
        let components = path.split(atByte: UInt8(ascii: "/")).joined(separator: "/")
        if components.isEmpty { return "-" }
        var result = ""
        for (index, byte) in components.utf8.enumerated() {
            let character = Character(UnicodeScalar(byte))
            let isPlain = UnicodeScalar(byte).isASCII && (character.isLetter || character.isNumber || ":_.".contains(character))
            switch character {
            case "/": result += "-"
            case _ where isPlain && !(index == 0 && character == "."): result.append(character)
            default: result += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return result
    }
}
