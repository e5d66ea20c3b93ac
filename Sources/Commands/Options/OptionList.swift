/// Splits what `-o` takes: `name,name=value,…`.
enum OptionList {
    struct Item: Equatable {
        let name: String
        /// What follows the first `=`; nil without one.
        let value: String?
    }

    /// `\,` stands for a comma and `\\` for a backslash; any other backslash is kept, as patterns use it. Empty items, which
    /// fstab lines and scripts tend to produce, are skipped.
    static func split(_ text: String) -> [Item] {
        var items: [Item] = []
        var current = ""
        var characters = text.makeIterator()
        while let character = characters.next() {
            switch character {
            case ",":
                append(&current, to: &items)
            case "\\":
                guard let next = characters.next() else {
                    current.append("\\")
                    break
                }
                if next != ",", next != "\\" { current.append("\\") }
                current.append(next)
            default:
                current.append(character)
            }
        }
        append(&current, to: &items)
        return items
    }

    private static func append(_ text: inout String, to items: inout [Item]) {
        defer { text = "" }
        guard !text.isEmpty else { return }
        let equals = text.firstIndex(of: "=")
        items.append(
            Item(
                name: String(text[..<(equals ?? text.endIndex)]),
                value: equals.map { String(text[text.index(after: $0)...]) }))
    }
}
