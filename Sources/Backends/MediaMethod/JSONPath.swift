import UploadCore

/// Where a value stands in a document: names with dots between them, and places in arrays, counted from 0 or, negative, from the
/// end, as `picture.size` or `items[-1].id`.
public struct JSONPath: Sendable, Equatable {
    private enum Step: Sendable, Equatable {
        case name(String)
        case index(Int)
    }

    private let steps: [Step]

    public init(_ text: String) throws(DestinationError) {
        var steps: [Step] = []
        for word in text.pieces(at: ".") {
            let parts = word.pieces(at: "[")
            let indices = parts.dropFirst().map { $0.hasBytes(suffix: "]") ? Int($0.dropLast()) : nil }
            guard let name = parts.first, !name.isEmpty || parts.count > 1, !indices.contains(nil) else {
                throw DestinationError("invalid location in a JSON document '\(text)'; use one such as picture.size or items[0].id")
            }
            if !name.isEmpty { steps.append(.name(name)) }
            steps += indices.compactMap { $0.map(Step.index) }
        }
        self.steps = steps
    }

    /// Nil where the document has nothing there.
    func value(in document: JSONDocument) -> JSONDocument? {
        var value = document
        for step in steps {
            switch (step, value) {
            case (.name(let name), .object(let fields)):
                guard let next = fields[name] else { return nil }
                value = next
            case (.index(let index), .array(let values)):
                let place = index < 0 ? values.count + index : index
                guard values.indices.contains(place) else { return nil }
                value = values[place]
            default: return nil
            }
        }
        return value == .null ? nil : value
    }
}
