/// The names under which programs write a file before they rename it to its real one.
public struct HoldRules: Sendable, Equatable {
    /// Stands for rsync's temporary names (`.NAME.XXXXXX`), which are told from names of the same length by `isRsyncName`.
    public static let rsync = ".*.??????"

    private let patterns: [NamePattern]

    public init(_ patterns: [String]) {
        self.patterns = patterns.map(NamePattern.init)
    }

    public func matches(_ name: [UInt8]) -> Bool {
        patterns.contains { pattern in
            pattern.matches(name) && (pattern.text != Self.rsync || Self.isRsyncName(name))
        }
    }

    /// Whether the six characters at the end are such as mkstemp(3) draws for rsync (`get_tmpname` in its receiver.c), from
    /// letters of both cases and digits. Endings that people write have one kind of characters only, or a capital in front
    /// (`.env.sample`, `.env.backup`, `.db.sqlite`, `.log.202411`, `.env.Sample`): of random endings, one in seventy is like that.
    static func isRsyncName(_ name: [UInt8]) -> Bool {
        guard name.count > 8, name.first == UInt8(ascii: "."), name[name.count - 7] == UInt8(ascii: ".") else { return false }
        let ending = name.suffix(6)
        let isLower: (UInt8) -> Bool = { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        let isUpper: (UInt8) -> Bool = { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
        let isDigit: (UInt8) -> Bool = { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard ending.allSatisfy({ isLower($0) || isUpper($0) || isDigit($0) }) else { return false }
        let isWord = ending.dropFirst().allSatisfy(isLower) && !isDigit(ending[ending.startIndex])
        return !isWord && !ending.allSatisfy(isUpper) && !ending.allSatisfy(isDigit)
    }
}
