import Foundation
import Testing

@testable import UploadTestServer

@Suite struct FieldMaskTests {
    private static let text = #"{"files":[{"id":"2","name":"b","owner":{"id":"3","name":"c"}}],"id":"1","name":"a"}"#

    private func masked(_ mask: String) throws -> String {
        let document = try JSONDecoder().decode(JSONValue.self, from: Data(Self.text.utf8))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(try FieldMask(mask).applied(to: document)), as: UTF8.self)
    }

    @Test(arguments: [
        ("id", #"{"id":"1"}"#), ("id,name", #"{"id":"1","name":"a"}"#), ("files(id)", #"{"files":[{"id":"2"}]}"#),
        ("id, files( id , owner/name )", #"{"files":[{"id":"2","owner":{"name":"c"}}],"id":"1"}"#),
        ("files/owner/id", #"{"files":[{"owner":{"id":"3"}}]}"#),
        ("files/*", #"{"files":[{"id":"2","name":"b","owner":{"id":"3","name":"c"}}]}"#), ("none", "{}"), ("*", text),
    ])
    func selects(_ mask: String, _ expected: String) throws {
        #expect(try masked(mask) == expected)
    }

    @Test(arguments: ["", "files(id", "id)", "files()", "/id", "id,", "a b"])
    func mistakesAreRefused(_ mask: String) {
        #expect(throws: GoogleError.self) { try FieldMask(mask) }
    }
}

@Suite struct DriveQueryTests {
    @Test func bindings() throws {
        let (a, b, c) = (DriveQuery.name(.equal, "a"), DriveQuery.parent("b"), DriveQuery.trashed(false))
        #expect(try DriveQuery("name = 'a' or 'b' in parents and trashed = false") == .or(a, .and(b, c)))
        #expect(try DriveQuery("(name='a' or 'b' in parents) and not trashed!=true") == .and(.or(a, b), .not(c)))
    }

    @Test(arguments: [(#"name = 'it\'s'"#, "it's"), (#"name = 'a\\b'"#, #"a\b"#), ("name = ''", ""), ("name = 'and or ( )'", "and or ( )")])
    func texts(_ query: String, _ name: String) throws {
        #expect(try DriveQuery(query) == .name(.equal, name))
    }

    @Test(arguments: ["", "name", "name =", "name = a", "name = 'a", "'a' in owners", "(name = 'a'", "name = 'a' trashed = true", "trashed = 1"])
    func mistakesAreRefused(_ query: String) {
        #expect(throws: GoogleError.self) { try DriveQuery(query) }
    }
}
