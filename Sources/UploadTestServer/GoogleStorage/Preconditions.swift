/// What must hold of an object for a request to be carried out. Generation 0 stands for an object that does not exist.
struct Preconditions: Sendable, Codable {
    var generationMatch: Int64?
    var generationNotMatch: Int64?
    var metagenerationMatch: Int64?
    var metagenerationNotMatch: Int64?

    /// - Parameter prefix: `if`, or `ifSource` for the source of a copy.
    init(_ target: RequestTarget, prefix: String = "if") throws {
        generationMatch = try Self.number(target, "\(prefix)GenerationMatch")
        generationNotMatch = try Self.number(target, "\(prefix)GenerationNotMatch")
        metagenerationMatch = try Self.number(target, "\(prefix)MetagenerationMatch")
        metagenerationNotMatch = try Self.number(target, "\(prefix)MetagenerationNotMatch")
    }

    func check(_ existing: ObjectRecord?) throws {
        let generation = existing?.generation ?? 0
        let metageneration = existing?.metageneration ?? 0
        let holds =
            (generationMatch ?? generation) == generation && generationNotMatch != generation
            && (metagenerationMatch ?? metageneration) == metageneration && metagenerationNotMatch != metageneration
        guard holds else { throw GoogleError.conditionNotMet }
    }

    static func number(_ target: RequestTarget, _ parameter: String) throws -> Int64? {
        guard let text = target[parameter] else { return nil }
        guard let number = Int64(text) else { throw GoogleError.badRequest("\(parameter) is no number: \(text)") }
        return number
    }
}
