import Foundation
import HTTPTypes
import Hummingbird

/// Huawei OBS, and what an elastic cloud server's metadata service says about credentials for it.
struct HuaweiOBS: Sendable {
    private let service: ObjectXMLService
    private let keys: AccessKeys
    private let gate: FaultGate
    /// Whoever asks for credentials has to show this, which it got a moment before.
    private static let metadataToken = "test-metadata-token"

    init(layout: StorageLayout, objects: ObjectStore, gate: FaultGate) throws {
        keys = AccessKeys()
        service = try ObjectXMLService(OBSDialect(keys: keys), service: "obs", layout: layout, objects: objects, gate: gate)
        self.gate = gate
    }

    /// Nil if the request is for another program: these requests carry their own kind of signature.
    func respond(to exchange: Exchange) async throws -> Response? {
        if let response = try await respondAsMetadata(to: exchange) { return response }
        let isSigned = exchange.header("authorization")?.hasPrefix("OBS ") ?? false
        let bucket = VirtualHost.bucket(exchange)
        if exchange.method == .head && exchange.target["apiversion"] != nil {
            let names = ObjectAddress(rawPath: exchange.target.rawPath, hostBucket: bucket)
            let answer = names.bucket == nil ? Response(status: .ok) : try await service.respond(to: exchange, hostBucket: bucket)
            return answer.adding("x-obs-api", "3.0")
        }
        guard isSigned || bucket != nil else { return nil }
        return try await service.respond(to: exchange, hostBucket: bucket)
    }

    private func respondAsMetadata(to exchange: Exchange) async throws -> Response? {
        switch (exchange.method, exchange.target.rawPath) {
        case (.put, "/meta-data/latest/api/token"):
            guard exchange.header("x-securitykey-token-ttl-seconds") != nil else { return .text("no lifetime\n", status: 400) }
            return .text(Self.metadataToken, status: 200)
        case (.get, "/openstack/latest/securitykey"):
            return try await gate.pass(.token, nil, exchange, refusal: { status, _ in .text("\(status)\n", status: status) }) { fault in
                guard exchange.header("x-securitykey-token") == Self.metadataToken else { return .text("no token\n", status: 401) }
                return .json(Self.describe(keys.issue(lifetimeSeconds: fault.expiresIn ?? 86_400)))
            }
        default:
            return nil
        }
    }

    private static func describe(_ credential: AccessKeys.Temporary) -> JSONValue {
        [
            "credential": [
                "access": .string(credential.key), "secret": .string(credential.secret), "securitytoken": .string(credential.token),
                "expires_at": .string(credential.expires.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))),
            ]
        ]
    }
}
