import Testing
import UploadCore

@testable import Backends

@Suite struct GoogleStorageDestinationTests {
    @Test(arguments: [
        ("gs://demo", "demo", ""), ("gs://demo/", "demo", ""), ("gs://demo/a/b", "demo", "a/b"), ("gs://demo//a/b//", "demo", "a/b"),
        ("GS://a.b-c_d/é", "a.b-c_d", "é"),
    ])
    func isRead(text: String, bucket: String, prefix: String) throws {
        let destination = try GoogleStorageDestination(text)
        #expect(destination.bucket == bucket && destination.prefix == prefix)
        #expect(destination.endpoint == "https://storage.googleapis.com")
    }

    @Test(arguments: ["gs://", "gs:///x", "gs://ab", "gs://Upper", "gs://-abc", "gs://a b c", "s3://demo", "demo", "gs://demo/a\nb"])
    func whatIsNoneIsRefusedInASentence(text: String) {
        let error = #expect(throws: DestinationError.self) { try GoogleStorageDestination(text) }
        #expect(error?.sentence.isEmpty == false)
    }

    @Test func theOptionBeatsTheEnvironment() throws {
        let environment = ["STORAGE_EMULATOR_HOST": "localhost:9000"]
        #expect(try GoogleStorageDestination.endpoint(option: nil, environment: [:]) == ("https://storage.googleapis.com", false))
        #expect(try GoogleStorageDestination.endpoint(option: nil, environment: environment) == ("http://localhost:9000", true))
        #expect(
            try GoogleStorageDestination.endpoint(option: "https://x.example/", environment: environment) == ("https://x.example", false))
        #expect(
            try GoogleStorageDestination.endpoint(option: nil, environment: ["STORAGE_EMULATOR_HOST": "https://h:1"]) == ("https://h:1", true))
    }

    @Test(arguments: ["ftp://x", "x.example", "http://", "https://u:p@host", "https://host?q=1"])
    func anEndpointThatIsNoURLIsRefused(text: String) {
        #expect(throws: DestinationError.self) { try GoogleStorageDestination.endpoint(option: text, environment: [:]) }
    }

    // MARK: Keys

    @Test func aPrefixMayBeginWithACombiningMark() throws {
        let prefix = Array("\u{301}x/\u{301}y".utf8)
        #expect(Array(try GoogleStorageDestination("gs://bucket/\u{301}x/\u{301}y/").prefix.utf8) == prefix)
        let obs = try OBSDestination("obs://bucket/\u{301}x/\u{301}y", endpoint: nil, region: "r", pathStyle: false)
        #expect(Array(obs.prefix.utf8) == prefix)
        let drive = try DriveDestination("gdrive://root/\u{301}x/\u{301}y", endpoint: nil)
        #expect(drive.folder == "root" && drive.path == ["\u{301}x", "\u{301}y"])
    }

    @Test func slashesOfAKeyStayInAPathWhateverFollowsThem() {
        let wire = XMLMultipartWire(destination: GoogleStorageDestination(bucket: "b", prefix: "", endpoint: "https://h"), options: .none)
        let handle = MultipartHandle(id: "U", key: ObjectKey("\u{301}x/\u{301}y"), hasOpaqueTags: false)
        #expect(wire.abort(handle).url == "https://h/b/%CC%81x/%CC%81y?uploadId=U")
    }

    private func key(_ path: [UInt8], prefix: String = "") -> Result<String, UploadError> {
        do throws(UploadError) {
            return .success(try GoogleStorageKey.make(SpoolPath(bytes: path), prefix: prefix).text)
        } catch {
            return .failure(error)
        }
    }

    @Test func aKeyIsPrefixAndPath() throws {
        #expect(try key(Array("a/b".utf8)).get() == "a/b")
        #expect(try key(Array("a/b".utf8), prefix: "p/q").get() == "p/q/a/b")
        #expect(try key(Array(repeating: 97, count: 1024)).get().count == 1024)
    }

    @Test(arguments: [
        Array("a\nb".utf8), Array("a\rb".utf8), Array(".".utf8), Array("..".utf8), [0x61, 0xFF], [],
        Array(".well-known/acme-challenge/x".utf8), Array(".well-known/acme-challenge/\u{301}".utf8), Array(repeating: 97, count: 1025),
    ])
    func namesThatTheServiceCanNotHoldAreInvalid(path: [UInt8]) {
        guard case .failure(let error) = key(path) else {
            Issue.record("the name is accepted")
            return
        }
        #expect(error.code == .invalidName)
    }
}
