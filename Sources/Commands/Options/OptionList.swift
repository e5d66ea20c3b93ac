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
        // As bytes: to Swift a comma with a combining mark behind it is another character.
        var items: [Item] = []
        var current: [UInt8] = []
        var bytes = text.utf8.makeIterator()
        while let byte = bytes.next() {
            switch byte {
            case comma:
                append(&current, to: &items)
            case backslash:
                guard let next = bytes.next() else {
                    current.append(backslash)
                    break
                }
                if next != comma, next != backslash { current.append(backslash) }
                current.append(next)
            default:
                current.append(byte)
            }
        }
        append(&current, to: &items)
        return items
    }

    private static let comma = UInt8(ascii: ",")
    private static let backslash = UInt8(ascii: "\\")

    private static func append(_ bytes: inout [UInt8], to items: inout [Item]) {
        defer { bytes = [] }
        guard !bytes.isEmpty else { return }
        let equals = bytes.firstIndex(of: UInt8(ascii: "="))
        items.append(
            Item(
                name: String(decoding: bytes[..<(equals ?? bytes.endIndex)], as: UTF8.self),
                value: equals.map { String(decoding: bytes[($0 + 1)...], as: UTF8.self) }))
    }
}
