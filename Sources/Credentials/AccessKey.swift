import HTTPTransport
/// A pair of keys that requests are signed with, and the token that goes with a temporary pair.
public struct AccessKey: Sendable, Equatable {
    public let id: String
    public var secret: String { hiddenSecret.value }
    /// Sent with every request that is signed with a temporary pair.
    public var sessionToken: String? { hiddenToken?.value }

    private let hiddenSecret: Secret
    private let hiddenToken: Secret?

    public init(id: String, secret: String, sessionToken: String? = nil) {
        self.id = id
        hiddenSecret = Secret(secret)
        hiddenToken = sessionToken.map(Secret.init)
    }
}

/// A `TokenSource` hands out text. A pair of keys goes through it as lines, so that whatever keeps and renews tokens serves keys, too.
extension AccessKey {
    public init?(token text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(lines.count) else { return nil }
        self.init(id: lines[0], secret: lines[1], sessionToken: lines.count == 3 ? lines[2] : nil)
    }

    public var token: String { [id, secret, sessionToken].compactMap { $0 }.joined(separator: "\n") }
}
