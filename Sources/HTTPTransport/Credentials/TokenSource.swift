import UploadCore

/// Where the access tokens for a destination come from. Asked before every request, so that a token may change in the middle
/// of an upload.
public protocol TokenSource: Sendable {
    /// A token that is valid now; nil where requests go out without one.
    func token() async throws(UploadError) -> String?

    /// The server refused this token although it looked valid: it is not to be given out again.
    /// - Returns: whether the next `token()` obtains a new one; false where this is the only one there will ever be.
    func invalidate(_ token: String) async -> Bool
}

/// No credentials: emulators and public endpoints.
public struct AnonymousTokens: TokenSource {
    public init() {}

    public func token() async throws(UploadError) -> String? { nil }
    public func invalidate(_ token: String) async -> Bool { false }
}

/// A token that somebody else obtained and that can not be renewed here.
public struct StaticToken: TokenSource, CustomStringConvertible {
    private let value: String

    public init(_ value: String) {
        self.value = value
    }

    public func token() async throws(UploadError) -> String? { value }
    public func invalidate(_ token: String) async -> Bool { false }

    public var description: String { "StaticToken" }
}
