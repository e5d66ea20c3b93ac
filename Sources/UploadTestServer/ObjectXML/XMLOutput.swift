import Hummingbird

/// An element of an XML answer.
struct XMLOutput {
    private enum Content {
        case text(String)
        case children([XMLOutput])
    }

    let name: String
    private let content: Content

    init(_ name: String, _ text: String) {
        self.name = name
        content = .text(text)
    }

    init(_ name: String, _ children: [XMLOutput]) {
        self.name = name
        content = .children(children)
    }

    /// The element as the root of a document.
    func document(namespace: String?) -> String {
        let attribute = namespace.map { " xmlns=\"\($0)\"" } ?? ""
        return "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<\(name)\(attribute)>\(inner)</\(name)>"
    }

    private var inner: String {
        switch content {
        case .text(let text): Self.escape(text)
        case .children(let children): children.map { "<\($0.name)>\($0.inner)</\($0.name)>" }.joined()
        }
    }

    /// Control characters become references, so that a key comes back as it was sent; XML 1.0 has none for most of them, but services do this.
    private static func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case _ where scalar.value < 0x20: escaped += "&#\(scalar.value);"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

extension Response {
    static func xml(_ element: XMLOutput, namespace: String? = nil, status: Int = 200) -> Response {
        .text(element.document(namespace: namespace), status: status, type: "application/xml")
    }
}
