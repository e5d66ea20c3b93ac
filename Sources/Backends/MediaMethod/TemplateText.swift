import Foundation
import UploadCore

/// One text of a `MetadataTemplate`, or a URL, with its fields.
struct TemplateText: Sendable, Equatable {
    private enum Piece: Sendable, Equatable {
        case text(String)
        case field(Field, isNumber: Bool)
    }

    private enum Field: Sendable, Equatable {
        case name, path, size, contentType, modifiedTime, allMetadata, id
        case metadata(String)

        init?(_ text: String) {
            switch text {
            case "name": self = .name
            case "path": self = .path
            case "size": self = .size
            case "contentType": self = .contentType
            case "modifiedTime", "createdTime": self = .modifiedTime
            case "meta": self = .allMetadata
            case "id": self = .id
            case _ where text.hasBytes(prefix: "meta.") && text.utf8.count > 5: self = .metadata(text.dropping(bytes: 5))
            default: return nil
            }
        }
    }

    private let pieces: [Piece]

    init(_ text: String) throws(DestinationError) {
        var pieces: [Piece] = []
        // By scalar: what follows a brace may be a combining mark.
        var literal = "".unicodeScalars
        var rest = text.unicodeScalars[...]
        while let next = rest.popFirst() {
            if next != "{" && next != "}" {
                literal.append(next)
            } else if rest.first == next {
                literal.append(rest.removeFirst())
            } else {
                guard next == "{", let end = rest.firstIndex(of: "}"), let piece = Self.field(String(rest[..<end])) else {
                    throw DestinationError(
                        "the template '\(text)' has an unknown field; valid fields are {name}, {path}, {size}, {contentType}, {createdTime}, "
                            + "{modifiedTime}, {meta}, {meta.KEY} and {id}; use {{ for a literal brace")
                }
                if !literal.isEmpty { pieces.append(.text(String(literal))) }
                literal = "".unicodeScalars
                pieces.append(piece)
                rest = rest[rest.index(after: end)...]
            }
        }
        if !literal.isEmpty || pieces.isEmpty { pieces.append(.text(String(literal))) }
        guard pieces.count == 1 || !pieces.contains(.field(.allMetadata, isNumber: false)) else {
            throw DestinationError("in the template '\(text)', {meta} is an object and cannot be combined with other text")
        }
        self.pieces = pieces
    }

    private static func field(_ text: String) -> Piece? {
        let words = text.pieces(at: "|")
        guard let name = words.first, let field = Field(name), words.count == 1 || (words.count == 2 && words[1] == "number") else { return nil }
        return .field(field, isNumber: words.count == 2)
    }

    /// Nil where the text is one field without a value.
    func rendered(_ values: MetadataTemplate.Values) -> JSONDocument? {
        if pieces.count == 1, case .field(let field, let isNumber) = pieces[0] {
            if field == .allMetadata {
                return values.metadata.isEmpty ? nil : .object(values.metadata.mapValues { .string($0) })
            }
            return Self.value(field, values, id: nil).map { isNumber ? Self.number($0) : .string($0) }
        }
        return .string(plain(values, id: nil, encode: { $0 }))
    }

    /// The text with its fields filled in and percent-encoded.
    func url(_ values: MetadataTemplate.Values, id: String?, encode: (String) -> String) -> String {
        plain(values, id: id, encode: encode)
    }

    private func plain(_ values: MetadataTemplate.Values, id: String?, encode: (String) -> String) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .field(let field, _): encode(Self.value(field, values, id: id) ?? "")
            }
        }.joined()
    }

    private static func value(_ field: Field, _ values: MetadataTemplate.Values, id: String?) -> String? {
        switch field {
        case .name: ObjectKey(values.path).names.last?.text
        case .path: values.path
        case .size: values.size.map(String.init)
        case .contentType: values.contentType
        case .modifiedTime: values.modified.map(GoogleTime.text)
        case .metadata(let key): values.metadata[key]
        case .id: id
        case .allMetadata: nil
        }
    }

    private static func number(_ text: String) -> JSONDocument {
        Int64(text).map { .integer($0) } ?? Double(text).flatMap { $0.isFinite ? .number($0) : nil } ?? .string(text)
    }
}
