/// How many columns of a terminal a text takes.
enum DisplayWidth {
    static func of(_ text: String) -> Int {
        text.reduce(0) { $0 + of($1) }
    }

    /// `text` in at most `width` columns: its middle gives way to `…`, since names differ at their ends.
    static func fitted(_ text: String, to width: Int) -> String {
        guard of(text) > width else { return text }
        guard width > 1 else { return width == 1 ? "…" : "" }
        let front = prefix(of: Array(text), width: (width - 1) / 2)
        let back = prefix(of: Array(text.reversed()), width: width - 1 - of(String(front)))
        return String(front) + "…" + String(back.reversed())
    }

    private static func prefix(of characters: [Character], width: Int) -> ArraySlice<Character> {
        var used = 0
        let count = characters.prefix { character in
            used += of(character)
            return used <= width
        }.count
        return characters[..<count]
    }

    private static func of(_ character: Character) -> Int {
        character.unicodeScalars.contains { scalar in wideRanges.contains { $0.contains(scalar.value) } } ? 2 : 1
    }

    /// The blocks of East Asian scripts and emoji that terminals draw two columns wide.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
        0x1F300...0x1FAFF, 0x20000...0x3FFFD,
    ]
}
