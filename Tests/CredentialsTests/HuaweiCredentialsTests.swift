@testable import Credentials
import Foundation
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import HTTPTransport

@Suite struct HuaweiCredentialsTests {
    private func withFile(_ text: String, mode: Int = 0o600, _ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("huawei-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        try await body(path)
    }

    private func key(file: String? = nil, _ environment: [String: String] = [:]) async throws -> AccessKey? {
        let source = try HuaweiCredentials.discover(
            file: file, environment: environment, transport: RecordingTransport(responses: HTTPResponse(.notFound, text: "")))
        return try await source.token().flatMap(AccessKey.init(token:))
    }

    @Test(arguments: [
        "access_key_id = A\nsecret_access_key=\"S=\"\n", "# mine\nak=A\nsk=S=\n",
        "\u{FEFF}User Name,Access Key Id,Secret Access Key\nme,A,S=\n",
    ])
    func aFileMayHaveEitherForm(_ text: String) async throws {
        try await withFile(text) { path in
            let key = try await key(file: path, ["OBS_ACCESS_KEY_ID": "other", "OBS_SECRET_ACCESS_KEY": "other"])
            #expect(key == AccessKey(id: "A", secret: "S="))
        }
    }

    @Test func aFileMayHaveATemporaryKey() async throws {
        try await withFile("ak=A\nsk=S\ntoken=T") { path in
            let key = try await key(file: path)
            #expect(key == AccessKey(id: "A", secret: "S", sessionToken: "T"))
        }
    }

    @Test func aFileThatOthersCanReadOrThatHasNoKeyIsRefused() async throws {
        try await withFile("ak=A\nsk=S", mode: 0o644) { path in
            await #expect(throws: CredentialsError.self) { try await key(file: path) }
        }
        try await withFile("ak=A\n") { path in
            await #expect(throws: CredentialsError.self) { try await key(file: path) }
        }
    }

    @Test func theEnvironmentComesNext() async throws {
        let both = ["OBS_ACCESS_KEY_ID": "A", "OBS_SECRET_ACCESS_KEY": "S"]
        #expect(try await key(both) == AccessKey(id: "A", secret: "S"))
        #expect(try await key(both.merging(["OBS_SECURITY_TOKEN": "T"]) { $1 })?.sessionToken == "T")
        await #expect(throws: CredentialsError.self) { try await key(["OBS_ACCESS_KEY_ID": "A"]) }
        await #expect(throws: CredentialsError.self) { try await key(["OBS_SECRET_ACCESS_KEY": "S"]) }
    }

    private static let document = #"{"credential":{"access":"A","secret":"S","securitytoken":"T","expires_at":"2026-08-01T01:00:00.000000Z"}}"#

    private func grant(_ transport: RecordingTransport) -> HuaweiMetadataGrant {
        HuaweiMetadataGrant(transport: transport, now: { Date(timeIntervalSince1970: 1_785_542_400) })
    }

    @Test func theMetadataServiceWantsATokenFirst() async throws {
        let transport = RecordingTransport(responses: HTTPResponse(.ok, text: "MT\n"), HTTPResponse(.ok, text: Self.document))
        let token = try await grant(transport).obtain()
        #expect(AccessKey(token: token.value) == AccessKey(id: "A", secret: "S", sessionToken: "T"))
        #expect(token.lifetime == .seconds(3600))
        #expect(transport.sent.map(\.method) == [.PUT, .GET])
        #expect(transport.sent[0].headers["X-securitykey-Token-Ttl-Seconds"] == ["21600"])
        #expect(transport.sent[1].headers["X-securitykey-Token"] == ["MT"])
    }

    @Test func theOlderFormIsAskedWithoutAToken() async throws {
        let transport = RecordingTransport(responses: HTTPResponse(.methodNotAllowed, text: ""), HTTPResponse(.ok, text: Self.document))
        _ = try await grant(transport).obtain()
        #expect(!transport.sent[1].headers.contains(name: "X-securitykey-Token"))
    }

    @Test func whereNothingRespondsTheSentenceSaysWhatToDo() async throws {
        let silent = RecordingTransport { _ throws(UploadError) in throw UploadError(.unreachable, "no route") }
        for transport in [silent, RecordingTransport(responses: HTTPResponse(.notFound, text: ""))] {
            let error = await #expect(throws: UploadError.self) { try await grant(transport).obtain() }
            #expect(error?.code == .unauthenticated && error?.sentence.contains("OBS_ACCESS_KEY_ID") == true)
        }
        let failing = RecordingTransport(responses: HTTPResponse(.internalServerError, text: ""))
        let error = await #expect(throws: UploadError.self) { try await grant(failing).obtain() }
        #expect(error?.disposition == .transient)
    }

    @Test func aKeyIsNotShown() {
        let key = AccessKey(id: "A", secret: "Xq7", sessionToken: "Zw9")
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!"\(key)\(dumped)".contains("Xq7") && !"\(key)\(dumped)".contains("Zw9"))
    }
}
