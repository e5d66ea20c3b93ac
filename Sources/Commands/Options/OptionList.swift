import UploadCore

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
        // By scalar: a value may be the name of a file that begins with a combining mark.
        var current = "".unicodeScalars
        var characters = text.unicodeScalars.makeIterator()
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

    private static func append(_ text: inout String.UnicodeScalarView, to items: inout [Item]) {
        defer { text = "".unicodeScalars }
        guard !text.isEmpty else { return }
        let halves = String(text).pieces(at: "=", maxSplits: 1)
        items.append(Item(name: halves[0], value: halves.count > 1 ? halves[1] : nil))
    }
}
