import Foundation
import Testing
import UploadCore

/// Names are compared and taken apart by their bytes.
@Suite struct ByteTextTests {
    private static let composed = "caf\u{E9}"
    private static let decomposed = "cafe\u{301}"

    @Test func namesInTwoUnicodeFormsAreTwoNames() {
        #expect(Self.composed == Self.decomposed, "Swift takes them for one")
        #expect(ObjectKey(Self.composed) != ObjectKey(Self.decomposed))
        #expect(ServiceName(Self.composed) != ServiceName(Self.decomposed))
        #expect(Set([Self.composed, Self.decomposed, Self.composed].map(ObjectKey.init)).count == 2)
        #expect([ServiceName(Self.composed): 1, ServiceName(Self.decomposed): 2].count == 2)
        #expect(ServiceName("A") != "a" && ServiceName("A") == "A")
    }

    @Test func descriptionsOfObjectsInTwoUnicodeFormsDiffer() {
        let describe = { (name: String) in ObjectDescription(key: ObjectKey(name), size: 1, contentType: "text/plain") }
        #expect(describe(Self.composed) != describe(Self.decomposed))
        #expect(describe(Self.composed) == describe("caf\u{E9}"))
    }

    /// U+FF21 comes before U+10400 in UTF-8, and after it in UTF-16.
    @Test func namesAreInTheOrderOfTheirBytes() {
        #expect(ObjectKey("\u{FF21}") < ObjectKey("\u{10400}"))
        #expect(ObjectKey(Self.decomposed) < ObjectKey(Self.composed))
    }

    @Test func aKeyIsEncodedAsAString() throws {
        let encoded = try JSONEncoder().encode([ObjectKey(Self.decomposed)])
        #expect(encoded.elementsEqual(Data("[\"\(Self.decomposed)\"]".utf8)))
        #expect(try JSONDecoder().decode([ObjectKey].self, from: encoded) == [ObjectKey(Self.decomposed)])
        let earlier = Data(#"[{"text":"\#(Self.decomposed)"}]"#.utf8)
        #expect(try JSONDecoder().decode([ObjectKey].self, from: earlier) == [ObjectKey(Self.decomposed)])
    }

    @Test func aNameMayBeginWithACombiningMark() {
        let key = ObjectKey("a/\u{301}b/\u{300}")
        #expect(key.names == ["a", "\u{301}b", "\u{300}"])
        #expect(ObjectKey(names: key.names) == key)
        #expect(ObjectKey("").names == [""])
    }

    /// A combining mark behind a slash hides it from these.
    @Test func noSourceLooksForTheCharacterSlash() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let wrong = try Regex(#"split\(separator: "/"|has(Prefix|Suffix)\("/"|(first|last)Index\(of: "/"\)|components\(separatedBy|as NSString"#)
        var count = 0
        for folder in ["Sources", "Examples"] {
            let files = try #require(FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil))
            for case let file as URL in files where file.pathExtension == "swift" {
                count += 1
                let found = try String(contentsOf: file, encoding: .utf8).firstMatch(of: wrong)
                #expect(found == nil, "\(file.path): \(found.map { String($0.0.description) } ?? "")")
            }
        }
        #expect(count > 300)
    }

    @Test func questionsAboutTextGoByBytes() {
        #expect("/\u{301}x".hasBytes(prefix: "/") && !"/\u{301}x".hasPrefix("/"))
        #expect("x=\u{301}".hasBytes(suffix: "=\u{301}") && !"x\u{E9}".hasBytes(suffix: "e\u{301}"))
        #expect("'\u{301}".contains(byte: "'"))
        #expect("//\u{301}x/".trimmed("/").hasSameBytes(as: "\u{301}x"))
        #expect("///".trimmed("/").isEmpty)
        #expect("a=\u{301}=b".pieces(at: "=", maxSplits: 1).map { Array($0.utf8) } == [Array("a".utf8), Array("\u{301}=b".utf8)])
        #expect("gs://\u{301}x".dropping(bytes: 5).hasSameBytes(as: "\u{301}x"))
    }
}
