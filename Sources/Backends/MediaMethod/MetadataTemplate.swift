import Foundation
import UploadCore

/// The JSON that goes with an upload, with fields of the file in braces:
///
///     {"name": "{name}", "tags": "{meta}", "weight": "{meta.weight|number}", "note": "from {path}"}
///
/// | field | stands for |
/// | --- | --- |
/// | `{name}` | the file's name |
/// | `{path}` | its path below the mount |
/// | `{size}` | its length in bytes; nothing while that is not known |
/// | `{contentType}` | its type |
/// | `{modifiedTime}`, `{createdTime}` | when the content was last changed, in RFC 3339; the same for both, since a file keeps no other |
/// | `{meta.KEY}` | its `user.upload.meta.KEY` |
/// | `{meta}` | all of those, as an object; only where the text has nothing else |
///
/// A text that is one field and nothing else is left out, with its name, where the file has no such value. `|number` after a field makes a
/// number of it. `{{` and `}}` stand for braces.
public struct MetadataTemplate: Sendable, Equatable {
    /// What a file gives to the fields.
    struct Values: Sendable, Equatable {
        var path: String
        var size: Int64?
        var contentType: String
        /// Nanoseconds since 1970.
        var modified: Int64?
        var metadata: [String: String] = [:]
    }

    private let document: JSONDocument

    /// - Parameter text: a JSON object; the empty text stands for no metadata at all, see `isEmpty`.
    public init(_ text: String) throws(DestinationError) {
        guard let document = try? JSONDocument(parsing: Data(text.utf8)), case .object = document else {
            throw DestinationError("the metadata template is not a JSON object: \(text)")
        }
        try Self.check(document)
        self.document = document
    }

    /// Without a template of the user's own.
    static let usual = MetadataTemplate(document: .object(["name": .string("{name}")]))

    private init(document: JSONDocument) {
        self.document = document
    }

    /// The document for a file.
    func rendered(_ values: Values) -> String {
        (Self.render(document, values) ?? .object([:])).text
    }

    private static func check(_ document: JSONDocument) throws(DestinationError) {
        switch document {
        case .object(let fields): for value in fields.values { try check(value) }
        case .array(let values): for value in values { try check(value) }
        case .string(let text): _ = try TemplateText(text)
        case .null, .bool, .integer, .number: break
        }
    }

    private static func render(_ document: JSONDocument, _ values: Values) -> JSONDocument? {
        switch document {
        case .object(let fields): .object(fields.compactMapValues { render($0, values) })
        case .array(let elements): .array(elements.compactMap { render($0, values) })
        case .string(let text): (try? TemplateText(text))?.rendered(values)
        case .null, .bool, .integer, .number: document
        }
    }
}
