import UploadCore

/// A token as its issuer hands it out.
public struct AccessToken: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    public let value: String
    /// How long it is valid from now on.
    public let lifetime: Duration

    public init(value: String, lifetime: Duration) {
        self.value = value
        self.lifetime = lifetime
    }

    public var description: String { "AccessToken(lifetime: \(lifetime))" }
    public var customMirror: Mirror { Mirror(self, children: ["lifetime": lifetime]) }
}

/// Obtains a new token from an issuer, over the network, each time it is called.
public protocol TokenGrant: Sendable {
    /// - Throws: `unauthenticated` where the issuer refuses the credentials; transient errors as the transport classifies them.
    func obtain() async throws(UploadError) -> AccessToken
}
