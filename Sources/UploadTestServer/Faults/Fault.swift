/// Something that goes wrong on purpose, for requests of one kind and one object, so many times.
public struct Fault: Sendable, Codable, Hashable {
    /// Nil means every kind.
    public var kind: RequestKind?
    /// The object's key without its bucket. Nil means every object.
    public var key: String?
    /// So many matching requests pass unharmed first.
    public var skip: Int
    /// So many requests are hit then. Nil means all that follow.
    public var times: Int?
    public var action: FaultAction

    public init(_ kind: RequestKind?, key: String? = nil, skip: Int = 0, times: Int? = 1, action: FaultAction) {
        self.kind = kind
        self.key = key
        self.skip = skip
        self.times = times
        self.action = action
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case kind, key, skip, times, action }

    /// `skip` may be left out (0) and so may `times` (1); `"times": null` means forever.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownFields(CodingKeys.allCases)
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        kind = try fields.decodeIfPresent(RequestKind.self, forKey: .kind)
        key = try fields.decodeIfPresent(String.self, forKey: .key)
        skip = try fields.decodeIfPresent(Int.self, forKey: .skip) ?? 0
        times = fields.contains(.times) ? try fields.decodeIfPresent(Int.self, forKey: .times) : 1
        try fields.superDecoder(forKey: .action).refuseUnknownFields(FaultAction.CodingKeys.allCases)
        action = try fields.decode(FaultAction.self, forKey: .action)
    }
}

extension Decoder {
    /// A misspelt field would otherwise make a fault that does nothing.
    func refuseUnknownFields(_ known: [some CodingKey]) throws {
        let names = Set(known.map(\.stringValue))
        for field in try container(keyedBy: AnyField.self).allKeys where !names.contains(field.stringValue) {
            let sentence = "There is no field \(field.stringValue) here; known are \(names.sorted().joined(separator: ", "))."
            throw DecodingError.dataCorrupted(.init(codingPath: codingPath, debugDescription: sentence))
        }
    }
}

private struct AnyField: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
