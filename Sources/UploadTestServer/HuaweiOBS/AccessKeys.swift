import Foundation
import NIOConcurrencyHelpers

/// The access keys that requests may be signed with: one that stays, and those that were handed out for a while.
final class AccessKeys: Sendable {
    static let permanentKey = "TESTKEY"
    static let permanentSecret = "testsecret"

    struct Temporary: Sendable {
        let key: String
        let secret: String
        let token: String
        let expires: Date
    }

    private let issued = NIOLockedValueBox<[String: Temporary]>([:])

    func issue(lifetimeSeconds: Int) -> Temporary {
        let id = RandomID.make()
        let temporary = Temporary(
            key: "TEMP\(id.prefix(16).uppercased())", secret: String(id.suffix(32)), token: RandomID.make(),
            expires: Date().addingTimeInterval(Double(lifetimeSeconds)))
        issued.withLockedValue { $0[temporary.key] = temporary }
        return temporary
    }

    func secret(of key: String) -> String? {
        key == Self.permanentKey ? Self.permanentSecret : issued.withLockedValue { $0[key]?.secret }
    }

    /// A token belongs to its key and lives no longer. With the key that stays, it is the one that every service here takes.
    func accepts(token: String?, for key: String) -> Bool {
        if key == Self.permanentKey { return token == nil || token == TokenService.token }
        return issued.withLockedValue { $0[key].map { $0.token == token && $0.expires > Date() } ?? false }
    }
}
