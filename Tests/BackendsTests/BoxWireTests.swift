import Credentials
import Foundation
import HTTPTransport
import NIOCore
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import Backends

@Suite struct BoxWireTests {
    private let wire = BoxWire(endpoints: .box)
    private let handle = BoxSessionHandle(
        part: "https://upload.box.com/s/1", list: "https://upload.box.com/s/1/parts", commit: "https://upload.box.com/s/1/commit",
        abort: "https://upload.box.com/s/1", etag: nil)

    private func object(_ key: String = "p/a b.bin", size: Int64 = 30_000_000) -> ObjectDescription {
        ObjectDescription(key: ObjectKey(key), size: size, contentType: "image/png", modified: 1_700_000_000_999_999_999)
    }

    private func sha1(_ text: String) -> ContentDigest {
        var running = RunningDigest(.sha1)
        Array(text.utf8).withUnsafeBytes { running.update($0) }
        return running.digest
    }

    private func json(_ request: HTTPRequest) -> String {
        if case .bytes(let body) = request.body { String(buffer: body) } else { "" }
    }

    @Test func aNewFileIsSentToTheUploadHost() {
        let request = wire.put(object(), to: .new(folder: "7"), body: .none, boundary: "B", sha1: sha1("abc"))
        #expect(request.method == .POST)
        #expect(request.url.hasPrefix("https://upload.box.com/api/2.0/files/content?fields="))
        #expect(request.headers["Content-Type"] == ["multipart/form-data; boundary=B"])
        #expect(request.headers["Content-MD5"] == ["a9993e364706816aba3e25717850c26c9cd0d89d"])
        #expect(request.headers["If-Match"].isEmpty)
    }

    @Test func aNewVersionIsBoundToTheOneThatItReplaces() {
        let request = wire.put(object(), to: .version(id: "12", etag: "3"), body: .none, boundary: "B", sha1: sha1("abc"))
        #expect(request.url.hasPrefix("https://upload.box.com/api/2.0/files/12/content?fields="))
        #expect(request.headers["If-Match"] == ["3"])
    }

    @Test func theDescriptionComesBeforeTheContent() {
        let description = BoxJSON.text(BoxJSON.NewFile(object(), at: .new(folder: "7")))
        #expect(
            description
                == #"{"content_created_at":"2023-11-14T22:13:20Z","content_modified_at":"2023-11-14T22:13:20Z","name":"a b.bin","parent":{"id":"7"}}"#
        )
        let multipart = MultipartBody(descriptionField: "attributes", description: description, fileField: "file", boundary: "B")
        #expect(
            String(buffer: multipart.preamble) == "--B\r\ncontent-disposition: form-data; name=\"attributes\"\r\n\r\n\(description)\r\n"
                + "--B\r\ncontent-disposition: form-data; name=\"file\"; filename=\"file\"\r\n\r\n")
        #expect(
            BoxJSON.text(BoxJSON.NewFile(object(), at: .version(id: "1", etag: nil)))
                == #"{"content_modified_at":"2023-11-14T22:13:20Z","name":"a b.bin"}"#)
    }

    @Test func aSessionIsOpenedForAFileOrAVersion() {
        let new = wire.begin(object(), at: .new(folder: "7"))
        #expect(new.url == "https://upload.box.com/api/2.0/files/upload_sessions")
        #expect(json(new) == #"{"file_name":"a b.bin","file_size":30000000,"folder_id":"7"}"#)
        let version = wire.begin(object(), at: .version(id: "12", etag: "3"))
        #expect(version.url == "https://upload.box.com/api/2.0/files/12/upload_sessions")
        #expect(json(version) == #"{"file_name":"a b.bin","file_size":30000000}"#)
    }

    @Test func aPartSaysItsRangeAndItsDigest() {
        let part = Part(number: 2, offset: 8_388_608, length: 8_388_608, isLast: false)
        let request = wire.send(part, of: 30_000_000, handle, body: .none, sha1: sha1("abc"))
        #expect(request.method == .PUT && request.url == handle.part)
        #expect(request.headers["Content-Range"] == ["bytes 8388608-16777215/30000000"])
        #expect(request.headers["Digest"] == ["sha=qZk+NkcGgWq6PiVxeFDCbJzQ2J0="])
        #expect(request.headers["Content-Type"] == ["application/octet-stream"])
    }

    @Test func aCommitListsThePartsAndTheDigestOfAll() {
        let receipt = PartReceipt(number: 1, offset: 0, length: 3, token: "BFDF5379", digest: sha1("abc"))
        let request = wire.commit(handle, of: object(), [receipt], sha1: sha1("abc"))
        #expect(request.method == .POST && request.url.hasPrefix("https://upload.box.com/s/1/commit?fields="))
        #expect(request.headers["Digest"] == ["sha=qZk+NkcGgWq6PiVxeFDCbJzQ2J0="])
        let part = #"{"offset":0,"part_id":"BFDF5379","sha1":"a9993e364706816aba3e25717850c26c9cd0d89d","size":3}"#
        let times = #"{"content_created_at":"2023-11-14T22:13:20Z","content_modified_at":"2023-11-14T22:13:20Z"}"#
        #expect(json(request) == #"{"attributes":\#(times),"parts":[\#(part)]}"#)
    }

    @Test func namesThatAreLookedForAreNotSentInUrls() {
        let request = wire.lookUp("a/b?&", in: "7")
        #expect(request.method == .OPTIONS && request.url == "https://api.box.com/2.0/files/content")
        #expect(json(request) == #"{"name":"a/b?&","parent":{"id":"7"}}"#)
    }

    @Test func bothFormsOfAConflictAreRead() {
        for conflicts in [#"{"type":"file","id":"1","name":"a"}"#, #"[{"type":"file","id":"1","name":"a"}]"#] {
            let answer = HTTPResponse(.conflict, text: #"{"code":"item_name_in_use","context_info":{"conflicts":\#(conflicts)}}"#)
            #expect(BoxRefusal(answer).conflict?.id == "1")
        }
    }

    @Test func aConflictThatNamesNobodyIsLookedFor() async throws {
        let transport = RecordingTransport(
            responses: HTTPResponse(.conflict, text: #"{"code":"item_name_in_use"}"#),
            HTTPResponse(.ok, text: #"{"entries":[{"type":"file","id":"1","name":"x"}],"next_marker":"m"}"#),
            HTTPResponse(.ok, text: #"{"entries":[{"type":"folder","id":"5","name":"a"}]}"#),
            HTTPResponse(.ok, text: #"{"upload_url":"https://upload.box.com/x"}"#))
        let backend = BoxBackend(destination: BoxDestination(folderID: "0"), transport: transport, tokens: StaticToken("t"))
        #expect(try await backend.find(ObjectKey("a/b")) == nil)
        #expect(transport.sent.map(\.method) == [.OPTIONS, .GET, .GET, .OPTIONS])
        #expect(transport.sent.last?.text == #"{"name":"b","parent":{"id":"5"}}"#)
    }

    @Test func theAddressesOfASessionAreTakenAsTheyAre() async throws {
        let endpoints =
            #"{"upload_part":"https://upload.app.box.com/p","commit":"https://upload.app.box.com/c?x=1","abort":"https://upload.app.box.com/a","list_parts":"https://upload.app.box.com/l?y=2"}"#
        let session =
            #"{"id":"1","part_size":8388608,"session_expires_at":"2026-12-12T10:53:43-08:00","session_endpoints":\#(endpoints)}"#
        let transport = RecordingTransport(responses: HTTPResponse(.created, text: session), HTTPResponse(.ok, text: #"{"entries":[]}"#))
        let backend = BoxBackend(destination: BoxDestination(folderID: "0"), transport: transport, tokens: StaticToken("t"))
        var object = object("a")
        object.precondition = .version("12/3")
        let opened = try await backend.begin(object)
        #expect(opened.partSize == 8_388_608 && opened.expiresAt == Date(timeIntervalSince1970: 1_797_101_623))
        #expect(try BoxSessionHandle(opened).etag == "3")
        _ = try await backend.probe(opened, of: object)
        #expect(transport.sent.last?.url == "https://upload.app.box.com/l?y=2&offset=0&limit=1000")
    }

    @Test func aTokenIsNotSentInTheClearBecauseAResponseSaysSo() async throws {
        let endpoints =
            #"{"upload_part":"http://u2/p","commit":"https://upload.app.box.com/c","abort":"https://upload.app.box.com/a","list_parts":"https://upload.app.box.com/l"}"#
        let transport = RecordingTransport(
            responses: HTTPResponse(.created, text: #"{"part_size":8388608,"session_endpoints":\#(endpoints)}"#))
        let backend = BoxBackend(destination: BoxDestination(folderID: "0"), transport: transport, tokens: StaticToken("t"))
        var object = object("a")
        object.precondition = .absent
        let error = await #expect(throws: UploadError.self) { try await backend.begin(object) }
        #expect(error?.code == .invalidResponse)
    }

    @Test(arguments: ["a/", "//b", ".", "..", "a/../b", " a", "a ", "a\\b", "tab\t", " \u{301}a", "a\\\u{301}", String(repeating: "x", count: 256)])
    func namesThatBoxCanNotHoldAreRefused(path: String) {
        let error = #expect(throws: UploadError.self) { try BoxName.key(for: SpoolPath(path), below: "p") }
        #expect(error?.code == .invalidName)
    }

    @Test func keysLieBelowTheDestination() throws {
        #expect(try BoxName.key(for: SpoolPath("dir/a"), below: "") == ObjectKey("dir/a"))
        let key = try BoxName.key(for: SpoolPath("dir/a"), below: "p/q")
        #expect(key.boxFolders == ["p", "q", "dir"] && key.boxName == "a")
    }

    @Test(arguments: ["\u{301}", "a/\u{301}b", String(repeating: "e\u{301}", count: 127)])
    func namesThatBeginWithACombiningMarkAreAccepted(path: String) throws {
        let key = try BoxName.key(for: SpoolPath(path), below: "p")
        #expect(key == ObjectKey("p/\(path)") && key.boxFolders.first == "p")
    }

    @Test(arguments: [("box://0/\u{301}a", "0", "\u{301}a"), ("box://0", "0", ""), ("BOX://123/", "123", ""), ("box://123//a/b/", "123", "a/b")])
    func destinationsAreRead(text: String, folder: String, path: String) throws {
        let destination = try BoxDestination(text)
        #expect(destination.folderID == folder && destination.path == path && destination.endpoints == .box)
    }

    @Test func anEndpointReplacesAllHosts() throws {
        let destination = try BoxDestination("box://0", endpoint: "http://127.0.0.1:99/box/")
        #expect(destination.endpoints.api == "http://127.0.0.1:99/box/2.0")
        #expect(destination.endpoints.upload == "http://127.0.0.1:99/box/api/2.0")
        #expect(destination.endpoints.token == "http://127.0.0.1:99/box/oauth2/token")
    }

    @Test(arguments: ["box://", "box://abc", "box:///a", "box://1/a//b", "box://1/a/../b", "gs://1"])
    func whatIsNoDestinationIsRefusedInASentence(text: String) {
        let error = #expect(throws: DestinationError.self) { try BoxDestination(text) }
        #expect(error?.sentence.isEmpty == false)
        #expect(throws: DestinationError.self) { try BoxDestination("box://0", endpoint: "ftp://x") }
    }
}
