import HTTPTransport
import UploadCore

/// A token as its issuer hands it out.
public struct AccessToken: Sendable, Equatable {
    public var value: String { secret.value }
    /// How long it is valid from now on: from nothing to a year, whatever its issuer says.
    public let lifetime: Duration
    private let secret: Secret

    private static let lifetimeMax: Duration = .seconds(365 * 86_400)

    public init(value: String, lifetime: Duration) {
        secret = Secret(value)
        self.lifetime = min(max(lifetime, .zero), Self.lifetimeMax)
    }
}

/// Obtains a new token from an issuer, over the network, each time it is called.
public protocol TokenGrant: Sendable {
    /// - Throws: `unauthenticated` where the issuer refuses the credentials; transient errors as the transport classifies them.
    func obtain() async throws(UploadError) -> AccessToken
}
