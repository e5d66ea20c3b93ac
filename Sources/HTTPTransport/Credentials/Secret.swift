/// Text that no description, log or dump shows.
struct Secret: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    let value: String

    init(_ value: String) {
        self.value = value
    }

    var description: String { "(secret)" }
    var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension Secret: Decodable {
    init(from decoder: any Decoder) throws {
        value = try decoder.singleValueContainer().decode(String.self)
    }
}
