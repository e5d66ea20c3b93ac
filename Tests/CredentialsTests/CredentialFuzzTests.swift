import Foundation
import HTTPTransport
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import Credentials

/// Credential files and the responses of those who hand out tokens, changed at random: each is read, or refused in a sentence.
@Suite(.timeLimit(.minutes(20))) struct CredentialFuzzTests {
    private static let rounds = 150

    private static let files = [
        #"{"type":"authorized_user","client_id":"id","client_secret":"s","refresh_token":"r","token_uri":"https://t:443/","quota_project_id":"p"}"#,
        #"{"type":"service_account","client_email":"a@b","private_key_id":"k","private_key":"\#(pem)","token_uri":"https://t/"}"#,
        #"{"boxAppSettings":{"clientID":"c","clientSecret":"s","appAuth":{"publicKeyID":"k","privateKey":"\#(pem)","passphrase":""}},"enterpriseID":"1"}"#,
        #"{"client_id":"c","client_secret":"s","enterprise_id":"1"}"#, "access_key_id = A\nsecret_access_key=\"S=\"\n",
        "\u{FEFF}User Name,Access Key Id,Secret Access Key\nme,A,S=\n", "[[[[[[[[[[",
    ]

    private static var pem: String { TestKey.privatePEM.replacing("\n", with: "\\n") }

    private static let responses = [
        #"{"access_token":"t","expires_in":3599,"refresh_token":"r"}"#, #"{"access_token":"t","expires_in":"3599"}"#,
        #"{"error":"invalid_grant","error_description":"Token has been revoked."}"#,
        #"{"credential":{"access":"A","secret":"S","securitytoken":"T","expires_at":"2026-08-01T01:00:00.000000Z"}}"#, "token",
    ]

    private func transport(_ seed: UInt64) -> RecordingTransport {
        let mutator = SharedMutator(seed: seed)
        return RecordingTransport { _ throws(UploadError) in mutator.answer(like: Self.responses) }
    }

    @Test(arguments: FuzzSeeds.all)
    func files(_ seed: UInt64) async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("fuzz-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        var mutator = Mutator(seed: seed)
        let transport = transport(seed)
        for round in 0..<Self.rounds {
            #expect(
                FileManager.default.createFile(
                    atPath: path, contents: Data(mutator.bytes(like: Self.files)), attributes: [.posixPermissions: 0o600]))
            let sources: [() throws -> any TokenSource] = [
                { try GoogleCredentials.discover(file: path, environment: [:], endpoint: "https://h", transport: transport) },
                { try BoxCredentials.discover(file: path, environment: [:], endpoint: "https://h", transport: transport) },
                { try HuaweiCredentials.discover(file: path, environment: [:], transport: transport) },
            ]
            for source in sources {
                do {
                    _ = try? await source().token()
                    _ = try source()
                } catch {
                    #expect((error as? CredentialsError)?.sentence.isEmpty == false, "seed \(seed), round \(round)")
                }
            }
        }
    }

    @Test(arguments: FuzzSeeds.all)
    func responses(_ seed: UInt64) async {
        let transport = transport(seed)
        for _ in 0..<Self.rounds * 4 {
            let metadata = MetadataServerGrant(environment: [:], scopes: ["s"], transport: transport)
            for grant in [metadata, HuaweiMetadataGrant(transport: transport)] as [any TokenGrant] {
                guard let token = try? await grant.obtain() else { continue }
                #expect(token.lifetime >= .zero && token.lifetime <= .seconds(365 * 86_400), "seed \(seed)")
                let clock = ManualClock()
                _ = try? await TokenCache(Fixed(token: token), clock: clock).token()
            }
        }
    }

    @Test(arguments: Mutator.numbers)
    func anyLifetimeIsBounded(_ number: String) {
        for text in [#"{"access_token":"t","expires_in":\#(number)}"#, #"{"access_token":"t","expires_in":"\#(number)"}"#] {
            guard let token = try? TokenEndpoint.grant(from: HTTPResponse(.ok, text: text)).token else { continue }
            #expect(token.lifetime >= .zero && token.lifetime <= .seconds(365 * 86_400))
        }
    }

    private struct Fixed: TokenGrant {
        let token: AccessToken
        func obtain() async throws(UploadError) -> AccessToken { token }
    }
}

/// A mutator that many requests share.
private final class SharedMutator: Sendable {
    private let mutator: NIOLockedValueBox<Mutator>

    init(seed: UInt64) { mutator = NIOLockedValueBox(Mutator(seed: seed)) }

    func answer(like samples: [String]) -> HTTPResponse {
        mutator.withLockedValue { mutator in
            let status = mutator.choice([200, 200, 200, 200, 201, 302, 400, 401, 404, 429, 500, 501, 999]) ?? 200
            let headers: HTTPHeaders = ["Metadata-Flavor": "Google", "Retry-After": mutator.text(like: ["7"])]
            return HTTPResponse(status: .init(statusCode: status), headers: headers, body: ByteBuffer(bytes: mutator.bytes(like: samples)))
        }
    }
}
