import Credentials
import Foundation
import HTTPTransport
import NIOCore
import NIOHTTP1
import Testing
import UploadCore
import UploadTesting

@testable import Backends

@Suite struct DriveWireTests {
    private let wire = DriveWire(endpoint: "https://h")
    private let new = DriveWire.Target.new(name: "a \"b\"", parent: "P")
    private let object = ObjectDescription(
        key: ObjectKey("dir/a \"b\""), size: 5, contentType: "image/png", modified: 1_700_000_000_000_000_000, metadata: ["k": "v"],
        reservation: "ID")

    private func text(_ request: HTTPRequest) -> String {
        guard case .bytes(let bytes) = request.body else { return "" }
        return String(buffer: bytes)
    }

    @Test func aNewFileIsPosted() {
        let request = wire.begin(new, object)
        #expect(request.method == .POST)
        #expect(request.url.hasPrefix("https://h/upload/drive/v3/files?uploadType=resumable&supportsAllDrives=true&fields=id%2Cname%2Csize"))
        #expect(request.headers["X-Upload-Content-Type"] == ["image/png"] && request.headers["X-Upload-Content-Length"] == ["5"])
        #expect(
            text(request)
                == #"{"appProperties":{"k":"v"},"id":"ID","mimeType":"image/png","modifiedTime":"2023-11-14T22:13:20.000Z","name":"a \"b\"","parents":["P"]}"#
        )
    }

    @Test func newContentIsPatchedWithoutNameAndFolder() {
        let request = wire.begin(.update(id: "F"), object)
        #expect(request.method == .PATCH)
        #expect(request.url.hasPrefix("https://h/upload/drive/v3/files/F?uploadType=resumable&"))
        #expect(text(request) == #"{"appProperties":{"k":"v"},"mimeType":"image/png","modifiedTime":"2023-11-14T22:13:20.000Z"}"#)
        #expect(wire.put(.update(id: "F"), body: .none, boundary: "B").headers["Content-Type"] == [#"multipart/related; boundary="B""#])
    }

    @Test func anUnknownLengthIsNotDeclared() {
        var object = object
        object.size = nil
        #expect(wire.begin(new, object).headers["X-Upload-Content-Length"].isEmpty)
    }

    @Test func searchesAreEscapedTwice() throws {
        let url = try #require(URLComponents(string: wire.find("it's", in: "P", .file).url))
        let query = url.queryItems?.first { $0.name == "q" }?.value
        #expect(query == #"name = 'it\'s' and 'P' in parents and mimeType != 'application/vnd.google-apps.folder' and trashed = false"#)
        #expect(url.queryItems?.contains(URLQueryItem(name: "includeItemsFromAllDrives", value: "true")) == true)
    }

    private func query(_ request: HTTPRequest) throws -> String {
        let url = try #require(URLComponents(string: request.url))
        return try #require(url.queryItems?.first { $0.name == "q" }?.value)
    }

    /// `'` and a combining mark are one Character.
    @Test(arguments: [("'\u{301}", #"'\'\#u{301}'"#), ("\\\u{301}", #"'\\\#u{301}'"#), ("\u{301}", "'\u{301}'"), ("", "''")])
    func whatIsQuotedMayHaveCombiningMarks(_ text: String, _ quoted: String) {
        #expect(Array(DriveWire.quoted(text).utf8) == Array(quoted.utf8))
    }

    /// What a search would not find reliably.
    @Test func forANameBeyondASCIITheFolderIsListed() throws {
        #expect(try query(wire.find("r\u{E9}", in: "P", .folder)) == "'P' in parents and mimeType = '\(DriveFile.folderType)' and trashed = false")
        #expect(try query(wire.find("re", in: "P", .folder)).hasPrefix("name = 're' and "))
        #expect(wire.find("re", in: "P", .file, after: "T").url.contains("&pageToken=T&"))
    }

    /// A search ignores case, and its pages may be full of names that are others.
    @Test func onlyTheExactNameIsFound() async throws {
        let page = { (name: String, next: String?) in
            let token = next.map { #","nextPageToken":"\#($0)""# } ?? ""
            return HTTPResponse(.ok, text: #"{"files":[{"id":"1","name":"\#(name)","size":"1","headRevisionId":"R"}]\#(token)}"#)
        }
        let transport = RecordingTransport(responses: page("REPORT", "T"), page("report", nil), page("Report", nil))
        let faults = GoogleFaults(missing: UploadError(.noSuchBucket, ""))
        let client = DriveClient(
            wire: wire, bearer: BearerTransport(transport: transport, tokens: StaticToken("t"), hosts: ServiceHosts(wire.endpoint)), faults: faults)
        #expect(try await client.find("report", in: "P", .file)?.name == "report")
        #expect(transport.sent.map { $0.url.contains("pageToken=T") } == [false, true])
        #expect(try await client.find("report", in: "P", .file) == nil)
    }

    @Test func aMoveNamesBothFolders() {
        let moved = wire.change("F", DriveJSON.name("b"), adding: "Q", removing: ["P"])
        #expect(moved.method == .PATCH && moved.url.hasSuffix("&addParents=Q&removeParents=P"))
        #expect(text(moved) == #"{"name":"b"}"#)
        let renamed = wire.change("F", DriveJSON.name("b"), adding: "P", removing: ["P"])
        #expect(!renamed.url.contains("Parents"), "the folder stays")
        #expect(text(wire.change("F", DriveJSON.trash)) == #"{"trashed":true}"#)
    }

    @Test(arguments: [
        (
            #"{"id":"F","size":"3","sha256Checksum":"\#(String(repeating: "ab", count: 32))","md5Checksum":"00","headRevisionId":"R"}"#,
            DigestAlgorithm.sha256
        ),
        (#"{"id":"F","size":"3","md5Checksum":"\#(String(repeating: "cd", count: 16))","headRevisionId":"R"}"#, .md5),
    ])
    func theBetterDigestCounts(_ json: String, _ algorithm: DigestAlgorithm) throws {
        let object = try DriveFile.object(in: HTTPResponse(status: .ok, body: ByteBuffer(string: json)))
        #expect(object.digest?.algorithm == algorithm)
        #expect(object.size == 3 && object.version == "F R" && object.reservation == "F")
    }

    @Test(arguments: ["{}", "[]", #"{"id":"F"}"#, #"{"id":"F","size":"x"}"#, #"{"id":"F","size":"-1"}"#, "<html>"])
    func whatIsNoFileIsRefused(_ text: String) {
        let error = #expect(throws: UploadError.self) { try DriveFile.object(in: HTTPResponse(status: .ok, body: ByteBuffer(string: text))) }
        #expect(error?.code == .invalidResponse)
    }

    @Test func versionsAreReadAgain() throws {
        let version = DriveVersion(id: "F", revision: "R")
        #expect(try DriveVersion(version.text) == version)
        #expect(throws: UploadError.self) { try DriveVersion("generation") }
    }
}
