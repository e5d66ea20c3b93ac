import HTTPTransport
import UploadCore

/// Where the access tokens for a destination come from. Asked before every request, so that a token may change in the middle
/// of an upload.
public protocol TokenSource: Sendable {
    /// A token that is valid now; nil where requests go out without one.
    func token() async throws(UploadError) -> String?

    /// The server refused this token although it looked valid: it is not to be given out again.
    /// - Returns: whether the next `token()` obtains a new one; false where this is the only one there will ever be.
    func invalidate(_ token: String) async -> Bool

    /// What it means that the server refuses a token, as a sentence, and what to do about it; nil where that cannot be said.
    var refusal: String? { get }

    /// The project that Google's services charge for requests and whose quota they use (`x-goog-user-project`); nil for the
    /// credentials' own.
    var quotaProject: String? { get }
}

extension TokenSource {
    public var refusal: String? { nil }
    public var quotaProject: String? { nil }
}

/// The same tokens, for requests that are charged to a project.
struct TokensOfProject: TokenSource {
    let base: any TokenSource
    let quotaProject: String?

    var refusal: String? { base.refusal }
    func token() async throws(UploadError) -> String? { try await base.token() }
    func invalidate(_ token: String) async -> Bool { await base.invalidate(token) }
}

/// No credentials: emulators and public endpoints.
public struct AnonymousTokens: TokenSource {
    public init() {}

    public func token() async throws(UploadError) -> String? { nil }
    public func invalidate(_ token: String) async -> Bool { false }
}

/// A token that another program obtained and that cannot be renewed here.
public struct StaticToken: TokenSource {
    private let secret: Secret
    public let refusal: String?

    public init(_ value: String, refusal: String? = nil) {
        secret = Secret(value)
        self.refusal = refusal
    }

    public func token() async throws(UploadError) -> String? { secret.value }
    public func invalidate(_ token: String) async -> Bool { false }
}
