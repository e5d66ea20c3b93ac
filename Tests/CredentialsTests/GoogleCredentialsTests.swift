@testable import Credentials
import Foundation
import JWTKit
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import HTTPTransport

@Suite struct GoogleCredentialsTests {
    private let granted = HTTPResponse(.ok, text: #"{"access_token":"granted","expires_in":"3599","token_type":"Bearer"}"#)
    private static let google = "https://storage.googleapis.com"

    /// A directory of its own with a credential file in it.
    private func withFile<Result>(
        _ text: String, mode: Int = 0o600, name: String = "key.json", _ body: (String) async throws -> Result
    ) async throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("credentials-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appendingPathComponent(name).path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return try await body(path)
    }

    private func serviceAccount(_ changes: [String: String?] = [:]) throws -> String {
        var fields: [String: String?] = [
            "type": "service_account", "client_email": "me@project.iam.gserviceaccount.com", "private_key_id": "key-1",
            "private_key": TestKey.privatePEM, "token_uri": "https://tokens.example/token",
        ]
        fields.merge(changes) { $1 }
        return String(decoding: try JSONEncoder().encode(fields.compactMapValues { $0 }), as: UTF8.self)
    }

    private let user = #"{"type":"authorized_user","client_id":"id","client_secret":"s+1","refresh_token":"first"}"#

    private func discover(
        file: String? = nil, _ environment: [String: String] = [:], endpoint: String = google, isEmulator: Bool = false,
        transport: RecordingTransport = RecordingTransport(responses: HTTPResponse(.notFound, text: ""))
    ) throws -> any TokenSource {
        try GoogleCredentials.discover(
            file: file, environment: environment, endpoint: endpoint, isEmulator: isEmulator, transport: transport)
    }

    // MARK: Order

    @Test func theOrderIsThatOfTheCard() async throws {
        try await withFile(try serviceAccount()) { path in
            let named = ["GOOGLE_APPLICATION_CREDENTIALS": path, "CLOUDSDK_AUTH_ACCESS_TOKEN": "static"]
            let transport = RecordingTransport(responses: granted)
            let ofFile = try await discover(named, transport: transport).token()
            #expect(ofFile == "granted")
            let ofEnvironment = try await discover(["CLOUDSDK_AUTH_ACCESS_TOKEN": "static"]).token()
            #expect(ofEnvironment == "static")
            let ofOption = try await discover(file: path, named, isEmulator: true, transport: transport).token()
            #expect(ofOption == "granted")
        }
    }

    @Test func gcloudsFileIsFound() async throws {
        try await withFile(user, name: "application_default_credentials.json") { path in
            let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
            let transport = RecordingTransport(responses: granted)
            let tokens = try discover(["CLOUDSDK_CONFIG": directory], transport: transport)
            #expect(try await tokens.token() == "granted")
            #expect(transport.sent.first?.url == "https://oauth2.googleapis.com/token")
        }
    }

    @Test func emulatorsGetNoCredentialsButThoseNamedOnPurpose() async throws {
        let named = ["CLOUDSDK_AUTH_ACCESS_TOKEN": "static"]
        #expect(try await discover([:], endpoint: "http://127.0.0.1:9000").token() == nil)
        #expect(try await discover(named, endpoint: "http://127.0.0.1:9000").token() == "static")
        #expect(try await discover(named, endpoint: "http://127.0.0.1:9000", isEmulator: true).token() == nil)
    }

    @Test func lookingSendsNothing() async throws {
        try await withFile(try serviceAccount()) { path in
            let transport = RecordingTransport(responses: granted)
            _ = try discover(file: path, transport: transport)
            _ = try discover([:], transport: transport)
            #expect(transport.sent.isEmpty)
        }
    }

    // MARK: Service accounts

    @Test func aServiceAccountSignsWithItsKey() async throws {
        try await withFile(try serviceAccount()) { path in
            let transport = RecordingTransport(responses: granted)
            #expect(try await discover(file: path, transport: transport).token() == "granted")
            let sent = try #require(transport.sent.first)
            #expect(sent.url == "https://tokens.example/token" && sent.method == .POST)
            #expect(sent.headers.first(name: "Content-Type") == "application/x-www-form-urlencoded")
            let prefix = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="
            #expect(sent.text.hasPrefix(prefix))

            let assertion = String(sent.text.dropFirst(prefix.count))
            let keys = JWTKeyCollection()
            await keys.add(rsa: try Insecure.RSA.PublicKey(pem: TestKey.publicPEM), digestAlgorithm: .sha256)
            let claims = try await keys.verify(assertion, as: ServiceAccountGrant.Claims.self)
            #expect(claims.iss == "me@project.iam.gserviceaccount.com")
            #expect(claims.aud == "https://oauth2.googleapis.com/token")
            #expect(claims.scope == "https://www.googleapis.com/auth/devstorage.read_write")
            #expect(claims.exp == claims.iat + 3600)
            #expect(abs(Date().timeIntervalSince1970 - Double(claims.iat)) < 60)

            let header = try #require(assertion.split(separator: ".").first)
            let padded = String(header).padding(toLength: (header.count + 3) / 4 * 4, withPad: "=", startingAt: 0)
            let fields = try JSONDecoder().decode([String: String].self, from: try #require(Data(base64Encoded: padded)))
            #expect(fields == ["alg": "RS256", "typ": "JWT", "kid": "key-1"])
        }
    }

    // MARK: Authorized users

    @Test func aRotatedRefreshTokenIsUsedFromThenOn() async throws {
        try await withFile(user) { path in
            let rotated = HTTPResponse(.ok, text: #"{"access_token":"one","expires_in":3599,"refresh_token":"second"}"#)
            let transport = RecordingTransport(responses: rotated, granted)
            let tokens = try discover(file: path, transport: transport)
            #expect(try await tokens.token() == "one")
            _ = await tokens.invalidate("one")
            #expect(try await tokens.token() == "granted")
            #expect(
                transport.sent.map(\.text) == [
                    "grant_type=refresh_token&client_id=id&client_secret=s%2B1&refresh_token=first",
                    "grant_type=refresh_token&client_id=id&client_secret=s%2B1&refresh_token=second",
                ])
        }
    }

    // MARK: Quota projects

    @Test func theProjectOfTheFileIsChargedUnlessTheEnvironmentNamesAnother() async throws {
        let text = user.replacing("}", with: #","quota_project_id":"of-file"}"#)
        try await withFile(text) { path in
            let tokens = [try discover(file: path), try discover(file: path, ["GOOGLE_CLOUD_QUOTA_PROJECT": "of-environment"])]
            #expect(tokens.map(\.quotaProject) == ["of-file", "of-environment"])
        }
        try await withFile(user.replacing("}", with: #","quota_project_id":""}"#)) { path in
            let tokens = try discover(file: path)
            #expect(tokens.quotaProject == nil)
        }
        try await withFile(user) { path in
            let tokens = try discover(file: path)
            #expect(tokens.quotaProject == nil)
        }
        try await withFile(try serviceAccount()) { path in
            let tokens = try discover(file: path, ["GOOGLE_CLOUD_QUOTA_PROJECT": "p"])
            #expect(tokens.quotaProject == "p")
        }
        #expect(try discover(["GOOGLE_CLOUD_QUOTA_PROJECT": "p"]).quotaProject == "p")
    }

    @Test func whatGoogleSaysOfARevokedLoginIsShownWithWhatToDo() async throws {
        try await withFile(user) { path in
            let refused = HTTPResponse(.badRequest, text: #"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#)
            let error = await #expect(throws: UploadError.self) {
                try await discover(file: path, transport: RecordingTransport(responses: refused)).token()
            }
            #expect(
                error?.sentence
                    == "the token endpoint refused the credentials: Token has been expired or revoked (invalid_grant); "
                    + "log in again with: gcloud auth application-default login, then mount again")
        }
    }

    // MARK: Metadata server

    @Test func aMachineAsksItsMetadataServer() async throws {
        var answer = granted
        answer.headers = ["metadata-flavor": "Google"]
        let transport = RecordingTransport(responses: answer)
        let tokens = try discover(["GCE_METADATA_HOST": "127.0.0.1:8080"], transport: transport)
        #expect(try await tokens.token() == "granted")
        let sent = try #require(transport.sent.first)
        #expect(
            sent.url
                == "http://127.0.0.1:8080/computeMetadata/v1/instance/service-accounts/default/token?scopes=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdevstorage.read_write"
        )
        #expect(sent.headers["Metadata-Flavor"] == ["Google"])
    }

    @Test func whatDoesNotSayThatItIsAMetadataServerIsNone() async throws {
        let tokens = try discover([:], transport: RecordingTransport(responses: granted))
        let error = await #expect(throws: UploadError.self) { try await tokens.token() }
        #expect(error?.code == .unauthenticated)
    }

    @Test func withoutAMetadataServerTheMountFails() {
        #expect(throws: CredentialsError.self) { try discover(["NO_GCE_CHECK": "true"]) }
    }

    // MARK: Files that cannot be used

    @Test(arguments: [0o640, 0o604, 0o644])
    func aFileThatOthersCanReadIsRefused(mode: Int) async throws {
        try await withFile(user, mode: mode) { path in
            let error = #expect(throws: CredentialsError.self) { try discover(file: path) }
            #expect(error?.sentence == "the credential file \(path) can be read by other users; make it yours alone with: chmod 600 \(path)")
        }
    }

    @Test func aMissingFileIsNamed() {
        let error = #expect(throws: CredentialsError.self) { try discover(file: "/nowhere/key.json") }
        #expect(error?.sentence == "the credential file /nowhere/key.json cannot be read: No such file or directory")
        #expect(throws: CredentialsError.self) { try discover(file: "/") }
    }

    @Test(arguments: [
        ("", "is not valid JSON"), ("not json", "is not valid JSON"), ("{}", "has no \"type\""),
        (#"{"type":"external_account"}"#, "is of the type external_account, which is not supported"),
        (#"{"type":"authorized_user","client_id":"x"}"#, "lacks client_secret"),
        (#"{"type":"service_account","client_email":"a@b","private_key":"none"}"#, "RSA key"),
        (#"{"type":"authorized_user","client_id":"i","client_secret":"s","refresh_token":"r","token_uri":"x"}"#, "the token_uri in"),
    ])
    func anUnusableFileIsRefusedInASentence(text: String, expected: String) async throws {
        try await withFile(text) { path in
            let error = #expect(throws: CredentialsError.self) { try discover(file: path) }
            #expect(error?.sentence.contains(expected) == true, "\(error?.sentence ?? "")")
            #expect(error?.sentence.contains(path) == true)
        }
    }

    // MARK: Refusals of the token endpoint

    @Test(arguments: [
        (400, #"{"error":"invalid_grant","error_description":"revoked"}"#, UploadError.Code.unauthenticated),
        (401, #"{"error":"invalid_client"}"#, .unauthenticated),
        (400, #"{"error":"temporarily_unavailable"}"#, .serverBusy),
        (400, #"{"error":"internal_failure"}"#, .serverBusy),
        (503, "", .serverBusy), (500, "", .serverBusy), (429, "", .serverBusy), (408, "", .serverBusy),
        (200, "<html>", .invalidResponse), (200, #"{"access_token":""}"#, .invalidResponse),
    ])
    func refusalsAreClassified(status: Int, text: String, code: UploadError.Code) async throws {
        try await withFile(user) { path in
            let tokens = try discover(
                file: path, transport: RecordingTransport(responses: HTTPResponse(.init(statusCode: status), text: text)))
            let error = await #expect(throws: UploadError.self) { try await tokens.token() }
            #expect(error?.code == code)
        }
    }
}
