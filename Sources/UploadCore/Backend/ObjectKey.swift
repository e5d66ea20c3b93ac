/// The name of an object at its service, compared by its bytes.
public struct ObjectKey: ByteText {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    private enum CodingKeys: CodingKey { case text }

    /// Also reads the form that earlier versions wrote, an object with the field `text`.
    public init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            self.init(text)
        } else {
            self.init(try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .text))
        }
    }

    /// The names between the slashes: the folders of a service that has folders, and the file's own name at the end.
    public var names: [ServiceName] { text.pieces(at: "/").map { ServiceName($0) } }

    public init(names: some Sequence<ServiceName>) {
        self.init(names.map(\.text).joined(separator: "/"))
    }
}

/// One name at a service, of a file or of a folder, compared by its bytes.
public struct ServiceName: ByteText, ExpressibleByStringLiteral {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    public init(stringLiteral text: String) {
        self.init(text)
    }
}
