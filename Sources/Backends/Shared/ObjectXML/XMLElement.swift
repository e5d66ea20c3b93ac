/// An element of an XML document: its name without a prefix, the text right inside of it, and the elements in it.
struct XMLElement: Equatable {
    let name: String
    var text = ""
    var children: [XMLElement] = []

    init(_ name: String, _ text: String = "", children: [XMLElement] = []) {
        self.name = name
        self.text = text
        self.children = children
    }

    /// The text of the first element of that name in this one.
    subscript(_ name: String) -> String? { children.first { $0.name == name }?.text }

    func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    /// The element as text. Names are of our own making; text may be anything.
    var serialized: String {
        let inner = Self.escape(text) + children.map(\.serialized).joined()
        return "<\(name)>\(inner)</\(name)>"
    }

    private static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
