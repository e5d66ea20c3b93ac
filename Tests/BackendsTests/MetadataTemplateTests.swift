import Foundation
import Testing

@testable import Backends

@Suite struct MetadataTemplateTests {
    private let values = MetadataTemplate.Values(
        path: "dir/llama \"x\".png", size: 1234, contentType: "image/png", modified: 1_700_000_000_123_456_789,
        metadata: ["weight": "120", "half": "0.5", "owner": "Ann"])

    @Test(arguments: [
        (#"{"a": "{name}"}"#, #"{"a":"llama \"x\".png"}"#),
        (#"{"a": "{path}"}"#, #"{"a":"dir/llama \"x\".png"}"#),
        (#"{"a": "{size}", "b": "{size|number}"}"#, #"{"a":"1234","b":1234}"#),
        (#"{"a": "{contentType}"}"#, #"{"a":"image/png"}"#),
        (#"{"a": "{modifiedTime}", "b": "{createdTime}"}"#, #"{"a":"2023-11-14T22:13:20.123Z","b":"2023-11-14T22:13:20.123Z"}"#),
        (
            #"{"a": "{meta.owner}", "b": "{meta.weight|number}", "c": "{meta.half|number}", "d": "{meta.owner|number}"}"#,
            #"{"a":"Ann","b":120,"c":0.5,"d":"Ann"}"#
        ),
        (#"{"a": "{meta}"}"#, #"{"a":{"half":"0.5","owner":"Ann","weight":"120"}}"#),
        (#"{"a": "{meta.none}", "b": "x{meta.none}y"}"#, #"{"b":"xy"}"#),
        (#"{"a": ["{name}", "{meta.none}", 1, 2.5, true, null]}"#, #"{"a":["llama \"x\".png",1,2.5,true,null]}"#),
        (#"{"a": {"b": {"c": "of {meta.owner}: {size}"}}}"#, #"{"a":{"b":{"c":"of Ann: 1234"}}}"#),
        (#"{"a": "{{name}}", "b": "}}", "c": ""}"#, #"{"a":"{name}","b":"}","c":""}"#),
        ("{\"a\": \"{size}\u{301}{{\u{301}\"}", "{\"a\":\"1234\u{301}{\u{301}\"}"),
        (#"{}"#, #"{}"#),
    ])
    func fields(_ template: String, _ expected: String) throws {
        #expect(try MetadataTemplate(template).rendered(values) == expected)
    }

    @Test func whatAFileDoesNotHaveIsLeftOut() throws {
        let template = try MetadataTemplate(#"{"name": "{name}", "size": "{size}", "time": "{modifiedTime}", "tags": "{meta}"}"#)
        #expect(template.rendered(.init(path: "a", contentType: "x/y")) == #"{"name":"a"}"#)
    }

    @Test(arguments: [
        "", "[]", "\"text\"", "{", #"{"a": "{nme}"}"#, #"{"a": "{"}"#, #"{"a": "}"}"#, #"{"a": "{name|text}"}"#, #"{"a": "{meta.}"}"#,
        #"{"a": "all: {meta}"}"#, #"{"a": ["{x}"]}"#,
    ])
    func mistakesAreRefused(_ template: String) {
        #expect(throws: DestinationError.self) { try MetadataTemplate(template) }
    }
}

@Suite struct JSONPathTests {
    private let document = try? JSONDocument(parsing: Data(#"{"a": {"b": "x", "n": null}, "l": [{"i": 1}, {"i": 2}], "m": [[5]]}"#.utf8))

    @Test(arguments: [("a.b", "x"), ("l[0].i", "1"), ("l[-1].i", "2"), ("m[0][0]", "5")])
    func values(_ path: String, _ expected: String) throws {
        #expect(try JSONPath(path).value(in: try #require(document))?.scalar == expected)
    }

    @Test(arguments: ["x", "a.x", "a.n", "l[2]", "l[-3]", "a[0]", "l.i"])
    func nothing(_ path: String) throws {
        #expect(try JSONPath(path).value(in: try #require(document)) == nil)
    }

    @Test(arguments: ["", "a..b", "a[", "a[x]", "a]b["])
    func mistakesAreRefused(_ path: String) {
        #expect(throws: DestinationError.self) { try JSONPath(path) }
    }
}

@Suite struct MediaMethodDestinationTests {
    @Test func theQueryStays() throws {
        let plain = try MediaMethodDestination("google+https://api.example.com/upload/farm/v1/animals", endpoint: nil)
        #expect(plain.adding("uploadType=media") == "https://api.example.com/upload/farm/v1/animals?uploadType=media")
        #expect(plain.url == "google+https://api.example.com/upload/farm/v1/animals")
        #expect(plain.endpoint == "https://api.example.com")
        let video = try MediaMethodDestination("google+https://youtube.googleapis.com/upload/youtube/v3/videos?part=snippet", endpoint: nil)
        #expect(video.adding("uploadType=media").hasSuffix("/videos?part=snippet&uploadType=media"))
    }

    @Test func anEndpointTakesThePlaceOfTheHost() throws {
        let moved = try MediaMethodDestination("google+https://h/upload/a%20b?x=1", endpoint: "http://127.0.0.1:8080/")
        #expect(moved.uploadURL == "http://127.0.0.1:8080/upload/a%20b?x=1")
        #expect(moved.uploadURL.hasPrefix("http://") && moved.endpoint == "http://127.0.0.1:8080")
    }

    @Test(arguments: [
        "https://h/upload/x", "google+https://", "google+https:///upload", "google+https://h", "google+ftp://h/upload/x",
        "google+https://h/upload/x?uploadType=media", "google+https://h/upload/x?key=secret", "google+https://user:pw@h/upload/x",
        "google+https://h/upload/x#f",
    ])
    func mistakesAreRefused(_ text: String) {
        #expect(throws: DestinationError.self) { try MediaMethodDestination(text, endpoint: nil) }
    }

    @Test func optionsAreChecked() throws {
        #expect(throws: DestinationError.self) { try MediaMethodOptions(method: "GET") }
        #expect(throws: DestinationError.self) { try MediaMethodOptions(accepted: ["image"]) }
        #expect(throws: DestinationError.self) { try MediaMethodOptions(digest: "picture.md5Hash") }
        #expect(throws: DestinationError.self) { try MediaMethodOptions(digest: "sha512:x") }
        #expect(throws: DestinationError.self) {
            try MediaMethodResource(item: "https://h/animals", search: "https://h/animals", found: "items[0]", rename: "{}")
        }
        #expect(throws: DestinationError.self) {
            try MediaMethodResource(item: "/animals/{id}", search: "https://h/animals", found: "items[0]", rename: "{}")
        }
    }
}

@Suite struct DriveDestinationTests {
    @Test(arguments: [
        ("gdrive://root", "root", [], "gdrive://root"), ("GDRIVE://1aB_c-D/", "1aB_c-D", [], "gdrive://1aB_c-D"),
        ("gdrive://1aB/photos/new year//2026/", "1aB", ["photos", "new year", "2026"], "gdrive://1aB/photos/new year/2026"),
    ])
    func forms(_ text: String, _ folder: String, _ path: [String], _ url: String) throws {
        let destination = try DriveDestination(text, endpoint: nil)
        #expect((destination.folder, destination.path.map(\.text).joined(separator: "|")) == (folder, path.joined(separator: "|")))
        #expect(destination.url == url && destination.endpoint == "https://www.googleapis.com")
    }

    @Test(arguments: ["gdrive://", "gdrive:///a", "gdrive://a b", "gdrive://a'b", "drive://a", "gdrive://root/../x", "gdrive://root/."])
    func mistakesAreRefused(_ text: String) {
        #expect(throws: DestinationError.self) { try DriveDestination(text, endpoint: nil) }
    }

    @Test func anEndpointIsAURL() throws {
        #expect(try DriveDestination("gdrive://root", endpoint: "http://127.0.0.1:1/").endpoint == "http://127.0.0.1:1")
        #expect(throws: DestinationError.self) { try DriveDestination("gdrive://root", endpoint: "127.0.0.1:1") }
    }

    @Test(arguments: [("a", "'a'"), ("it's", #"'it\'s'"#), (#"a\b"#, #"'a\\b'"#), (#"\'"#, #"'\\\''"#)])
    func textsInSearchesAreQuoted(_ text: String, _ quoted: String) {
        #expect(DriveWire.quoted(text) == quoted)
    }
}

@Suite struct GoogleTimeTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (1_700_000_000_000_999_999, "2023-11-14T22:13:20.000Z"),
        (1_700_000_000_007_000_000, "2023-11-14T22:13:20.007Z"), (-1, "1969-12-31T23:59:59.999Z"),
    ])
    func thousandthsAreCutOff(_ nanoseconds: Int64, _ text: String) {
        #expect(GoogleTime.text(nanoseconds) == text)
    }
}
