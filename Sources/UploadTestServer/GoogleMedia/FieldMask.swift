/// The parameter `fields` of Google's APIs: which fields of a response are wanted, as `id,name`, `files(id,name)`, `owners/name` or `*`.
struct FieldMask: Equatable {
    /// What is wanted below each field; an empty mask is all of it.
    private var fields: [String: FieldMask] = [:]

    init(_ text: String) throws {
        var rest = text[...]
        self = try Self.parse(&rest)
        guard rest.isEmpty, !fields.isEmpty else { throw Self.invalid(text) }
    }

    private init() {}

    func applied(to value: JSONValue) -> JSONValue {
        if fields.isEmpty || fields["*"]?.fields.isEmpty == true { return value }
        switch value {
        case .array(let values): return .array(values.map { applied(to: $0) })
        case .object(let object):
            let wanted = object.compactMap { name, value in (fields[name] ?? fields["*"]).map { (name, $0.applied(to: value)) } }
            return .object(Dictionary(wanted) { $1 })
        default: return value
        }
    }

    private static func parse(_ rest: inout Substring) throws -> FieldMask {
        var mask = FieldMask()
        repeat {
            if rest.first == "," { rest.removeFirst() }
            let name = takeName(&rest)
            guard !name.isEmpty else { throw invalid(String(rest)) }
            mask.fields[name] = try parseBelow(&rest)
        } while rest.first == ","
        return mask
    }

    private static func parseBelow(_ rest: inout Substring) throws -> FieldMask {
        switch rest.first {
        case "/":
            rest.removeFirst()
            let name = takeName(&rest)
            guard !name.isEmpty else { throw invalid(String(rest)) }
            var mask = FieldMask()
            mask.fields[name] = try parseBelow(&rest)
            return mask
        case "(":
            rest.removeFirst()
            let mask = try parse(&rest)
            guard rest.popFirst() == ")" else { throw invalid(String(rest)) }
            return mask
        default:
            return FieldMask()
        }
    }

    private static func takeName(_ rest: inout Substring) -> String {
        rest = rest.drop { $0 == " " }
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "*" }
        rest = rest.dropFirst(name.count).drop { $0 == " " }
        return String(name)
    }

    private static func invalid(_ text: String) -> GoogleError {
        GoogleError(400, "invalidParameter", "Invalid field selection \(text)")
    }
}
