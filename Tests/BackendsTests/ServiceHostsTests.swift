import Credentials
import HTTPTransport
import Testing
import UploadCore
import UploadTesting

@testable import Backends

/// Tokens, keys and content go to the hosts of the destination's service only.
@Suite struct ServiceHostsTests {
    @Test(arguments: [
        ("https://storage.googleapis.com", "https://storage.googleapis.com/upload?upload_id=x"),
        ("https://storage.googleapis.com", "HTTPS://Storage.GoogleAPIs.com:443/upload"),
        ("https://storage.googleapis.com", "https://www.googleapis.com/upload"),
        ("https://api.box.com/2.0", "https://upload.app.box.com/api/2.0/files"),
        ("http://127.0.0.1:8080/base", "http://127.0.0.1:8080/up"), ("http://[::1]:80", "http://[::1]/up"),
    ])
    func theServicesOwnHostsAre(_ endpoint: String, _ url: String) {
        #expect(ServiceHosts(endpoint).include(url))
    }

    @Test(arguments: [
        ("https://storage.googleapis.com", "http://storage.googleapis.com/up"),
        ("https://storage.googleapis.com", "https://storage.googleapis.com:8443/"),
        ("https://storage.googleapis.com", "https://storage.googleapis.com.evil.example/"),
        ("https://storage.googleapis.com", "https://evilgoogleapis.com/"), ("https://storage.googleapis.com", "https://upload.box.com/"),
        ("https://storage.googleapis.com", "https://storage.googleapis.com@evil.example/"),
        ("https://storage.googleapis.com", "https://evil.example/.googleapis.com"),
        ("https://storage.googleapis.com", "https://evil.example#.googleapis.com"),
        ("https://files.example", "https://www.googleapis.com/"), ("http://127.0.0.1:8080", "http://127.0.0.1:8081/"),
        ("http://127.0.0.1:8080", "http://localhost:8080/"), ("http://127.0.0.1:8080", "http://[::1"),
        ("http://127.0.0.1:8080", "file:///etc/passwd"),
        ("http://127.0.0.1:8080", ""), ("http://127.0.0.1:8080", "http://127.0.0.1:99999/"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/" + String(repeating: "x", count: 66_000)),
    ])
    func othersAreNot(_ endpoint: String, _ url: String) {
        #expect(!ServiceHosts(endpoint).include(url))
    }

    /// A row of the database can name any host.
    @Test func nothingIsSentToAnotherHost() async throws {
        let transport = RecordingTransport { _ throws(UploadError) in HTTPResponse(.ok, text: "") }
        let bearer = BearerTransport(transport: transport, tokens: StaticToken("secret"), hosts: ServiceHosts("https://storage.googleapis.com"))
        let error = await #expect(throws: UploadError.self) { try await bearer.send(HTTPRequest(.PUT, "https://evil.example/up?upload_id=x")) }
        #expect(error?.disposition == .sessionGone && transport.sent.isEmpty)
    }

    @Test(arguments: ["https://evil.example/up", "http://[::1", "https://storage.googleapis.com/" + String(repeating: "x", count: 66_000)])
    func aStoredSessionThatCanNotWorkIsGone(_ handle: String) async throws {
        let transport = RecordingTransport { _ throws(UploadError) in HTTPResponse(.ok, text: "") }
        let backend = GoogleStorageBackend(
            destination: GoogleStorageDestination(bucket: "b", prefix: "", endpoint: "https://storage.googleapis.com"), transport: transport,
            tokens: StaticToken("secret"))
        let object = ObjectDescription(key: ObjectKey("k"), size: 10, contentType: "text/plain", modified: 0)
        let error = await #expect(throws: UploadError.self) {
            try await backend.probe(UploadSession(handle: handle, expiresAt: nil), of: object)
        }
        #expect(error?.disposition == .sessionGone && transport.sent.isEmpty)
    }

    @Test(arguments: ["", String(repeating: "x", count: 66_000)])
    func anUploadIdThatCanNotBeSentIsNone(_ id: String) {
        let handle = MultipartHandle(id: id, key: ObjectKey("k"), hasOpaqueTags: false)
        let error = #expect(throws: UploadError.self) { try MultipartHandle(UploadSession(handle: handle.text, expiresAt: nil)) }
        #expect(error?.disposition == .sessionGone)
    }
}
