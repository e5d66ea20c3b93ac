/// Why the credentials cannot be used: one sentence that says what is wrong and what to do, for stderr at mount.
public struct CredentialsError: Error, Equatable, CustomStringConvertible {
    public let sentence: String

    public init(_ sentence: String) {
        self.sentence = sentence
    }

    public var description: String { sentence }
}
