@testable import Credentials
import Foundation
import Glibc
import HTTPTransport
import NIOHTTP1
import Testing
import UploadCore
import UploadTestServer
import UploadTesting

/// Box's credentials, against the test server's token endpoint.
@Suite struct BoxCredentialsTests {
    /// A file of its own for as long as `body` runs.
    private func withFile<Result>(_ fields: [String: Any], mode: Int = 0o600, _ body: (String) async throws -> Result) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("box-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appendingPathComponent("box.json").path
        try JSONSerialization.data(withJSONObject: fields).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return try await body(path)
    }

    private func discover(_ service: BoxTestService, _ path: String?, _ environment: [String: String] = [:]) throws -> any TokenSource {
        try BoxCredentials.discover(
            file: path, environment: environment, endpoint: service.destination().endpoints.token, transport: service.base.transport)
    }

    private func fields(_ path: String) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path))) as? [String: Any] ?? [:]
    }

    private func app(privateKey: String = EncryptedTestKey.aes, passphrase: String = EncryptedTestKey.passphrase) -> [String: Any] {
        let auth = ["publicKeyID": EncryptedTestKey.id, "privateKey": privateKey, "passphrase": passphrase]
        return [
            "boxAppSettings": ["clientID": "test-client", "clientSecret": "test-secret", "appAuth": auth] as [String: Any],
            "enterpriseID": "801",
        ]
    }

    private func login(_ token: String) -> [String: Any] {
        ["client_id": "test-client", "client_secret": "test-secret", "refresh_token": token, "comment": "stays"]
    }

    @Test func aDeveloperTokenIsTakenAsItIs() async throws {
        try await BoxTestService.run { service in
            let tokens = try discover(service, nil, ["BOX_DEVELOPER_TOKEN": "dev"])
            #expect(try await tokens.token() == "dev")
            #expect(await tokens.invalidate("dev") == false)
            #expect(throws: CredentialsError.self) { try discover(service, nil) }
        }
    }

    @Test func aRefreshTokenIsUsedOnceAndItsSuccessorStored() async throws {
        try await BoxTestService.run { service in
            try await withFile(login("test-refresh-1")) { path in
                let token = try await discover(service, path).token()
                #expect(token == "test-token")
                let second = try #require(try fields(path)["refresh_token"] as? String)
                #expect(second != "test-refresh-1")
                #expect(try fields(path)["comment"] as? String == "stays")
                #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
                // Another process goes on where this one ended.
                let tokens = try discover(service, path)
                #expect(try await tokens.token() == "test-token")
                #expect(try fields(path)["refresh_token"] as? String != second)
                _ = await tokens.invalidate("test-token")
                #expect(try await tokens.token() == "test-token")
            }
        }
    }

    @Test func aRefreshTokenThatWasUsedIsRefused() async throws {
        try await BoxTestService.run { service in
            try await withFile(login("test-refresh-2")) { path in
                _ = try await discover(service, path).token()
                try JSONSerialization.data(withJSONObject: login("test-refresh-2")).write(to: URL(fileURLWithPath: path))
                let error = await #expect(throws: UploadError.self) { try await discover(service, path).token() }
                #expect(error?.code == .unauthenticated)
                #expect(error?.sentence.contains("test-refresh") == false)
            }
        }
    }

    @Test func twoProcessesDoNotUseTheSameRefreshToken() async throws {
        try await BoxTestService.run { service in
            try await withFile(login("test-refresh-5")) { path in
                let other = open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
                #expect(flock(other, LOCK_EX | LOCK_NB) == 0)
                let tokens = try discover(service, path)
                let error = await #expect(throws: UploadError.self) { try await tokens.token() }
                #expect(error?.code == .serverBusy)
                close(other)
                let token = try await tokens.token()
                #expect(token == "test-token")
            }
        }
    }

    @Test func aSuccessorThatCanNotBeStoredIsAnErrorOfTheCredentials() async throws {
        try await withFile(login("test-refresh-3")) { path in
            // The directory goes while the token endpoint is asked.
            let transport = RecordingTransport { _ throws(UploadError) in
                try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent)
                return HTTPResponse(.ok, text: #"{"access_token":"a","refresh_token":"b"}"#)
            }
            let tokens = try BoxCredentials.discover(file: path, environment: [:], endpoint: "https://token.example/", transport: transport)
            let error = await #expect(throws: UploadError.self) { try await tokens.token() }
            #expect(error?.code == .unauthenticated)
        }
    }

    @Test(arguments: [["enterprise_id": "801"], ["user_id": "9"]])
    func clientCredentials(subject: [String: String]) async throws {
        try await BoxTestService.run { service in
            try await withFile(["client_id": "test-client", "client_secret": "test-secret"].merging(subject) { $1 }) { path in
                let token = try await discover(service, path).token()
                #expect(token == "test-token")
            }
            try await withFile(["client_id": "test-client", "client_secret": "wrong"].merging(subject) { $1 }) { path in
                let error = await #expect(throws: UploadError.self) { try await discover(service, path).token() }
                #expect(error?.code == .unauthenticated)
            }
        }
    }

    @Test(arguments: [EncryptedTestKey.aes, EncryptedTestKey.tripleDES])
    func anAppSignsWithItsEncryptedKey(key: String) async throws {
        try await BoxTestService.run { service in
            var settings = service.server.box.current
            settings.publicKeys = [EncryptedTestKey.id: EncryptedTestKey.publicPEM]
            service.server.box.set(settings)
            try await withFile(app(privateKey: key)) { path in
                let tokens = try discover(service, path)
                #expect(try await tokens.token() == "test-token")
                _ = await tokens.invalidate("test-token")
                #expect(try await tokens.token() == "test-token")
            }
        }
    }

    @Test func aClockThatIsWrongIsPutRightByTheServers() async throws {
        try await withFile(app()) { path in
            let refusal = #"{"error":"invalid_grant","error_description":"Please check the 'exp' claim."}"#
            let transport = RecordingTransport(
                responses: HTTPResponse(.badRequest, headers: ["Date": "Sun, 06 Nov 2044 08:49:37 GMT"], text: refusal),
                HTTPResponse(.ok, text: #"{"access_token":"granted","expires_in":3600}"#))
            let tokens = try BoxCredentials.discover(file: path, environment: [:], endpoint: "https://token.example/", transport: transport)
            #expect(try await tokens.token() == "granted")
            let claims = try transport.sent.map { try self.claims(of: $0) }
            #expect(claims.count == 2 && claims[1]["exp"] as? Int == 2_362_034_977 + 45)
            #expect(claims[0]["jti"] as? String != claims[1]["jti"] as? String)
            #expect(claims[1]["iss"] as? String == "test-client" && claims[1]["sub"] as? String == "801")
            #expect(claims[1]["box_sub_type"] as? String == "enterprise")
        }
    }

    private func claims(of sent: RecordingTransport.Sent) throws -> [String: Any] {
        let form = URLComponents(string: "?\(sent.text)")?.queryItems ?? []
        let assertion = try #require(form.first { $0.name == "assertion" }?.value)
        let part = assertion.split(separator: ".")[1].map { $0 == "-" ? "+" : $0 == "_" ? "/" : String($0) }.joined()
        let json = try #require(Data(base64Encoded: part + String(repeating: "=", count: (4 - part.count % 4) % 4)))
        return try JSONSerialization.jsonObject(with: json) as? [String: Any] ?? [:]
    }

    @Test func filesThatCanNotBeUsedAreRefusedInASentence() async throws {
        try await BoxTestService.run { service in
            let client = ["client_id": "a", "client_secret": "b"]
            let noSubject = app().filter { $0.key != "enterpriseID" }
            for fields in [[:], client, ["client_id": "a"], noSubject, app(passphrase: "wrong"), app(privateKey: "none")] as [[String: Any]] {
                _ = try await withFile(fields) { path in
                    let error = #expect(throws: CredentialsError.self) { try discover(service, path) }
                    #expect(error?.sentence.contains(path) == true)
                }
            }
            _ = try await withFile(login("test-refresh-4"), mode: 0o644) { path in
                #expect(throws: CredentialsError.self) { try discover(service, path) }
            }
        }
    }
}
