import HTTPTransport
import UploadCore

/// A token as its issuer hands it out.
public struct AccessToken: Sendable, Equatable {
    public var value: String { secret.value }
    /// How long it is valid from now on.
    public let lifetime: Duration
    private let secret: Secret

    public init(value: String, lifetime: Duration) {
        secret = Secret(value)
        self.lifetime = lifetime
    }
}

/// Obtains a new token from an issuer, over the network, each time it is called.
public protocol TokenGrant: Sendable {
    /// - Throws: `unauthenticated` where the issuer refuses the credentials; transient errors as the transport classifies them.
    func obtain() async throws(UploadError) -> AccessToken
}
