import Foundation
import Testing

/// docs/SEMANTICS.md names a test beside every promise.
struct SemanticsDocumentTests {
    private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    @Test func everyPromiseNamesTestsThatExist() throws {
        let document = try String(contentsOf: Self.tests.deletingLastPathComponent().appending(path: "docs/SEMANTICS.md"), encoding: .utf8)
        let known = try existingTests()
        let rows = document.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| promise |") && !$0.hasPrefix("| ---") }
        #expect(!rows.isEmpty)
        for row in rows {
            let names = row.split(separator: "|").last?.matches(of: /`(\w+\.\w+)`/).map { String($0.1) } ?? []
            #expect(!names.isEmpty, "no test beside: \(row)")
            for name in names { #expect(known.contains(name), "\(name) does not exist, beside: \(row)") }
        }
    }

    /// `Suite.test` of every test function in the sources. A file has one suite; an extension of it counts.
    private func existingTests() throws -> Set<String> {
        var found: Set<String> = []
        let files = FileManager.default.enumerator(at: Self.tests, includingPropertiesForKeys: nil)
        while let file = files?.nextObject() as? URL {
            guard file.pathExtension == "swift" else { continue }
            let source = try String(contentsOf: file, encoding: .utf8)
            guard let suite = source.firstMatch(of: /(?:struct|class|extension) (\w+Tests)\b/)?.1 else { continue }
            for test in source.components(separatedBy: "@Test").dropFirst() {
                if let name = test.firstMatch(of: /func (\w+)\(/)?.1 { found.insert("\(suite).\(name)") }
            }
        }
        return found
    }
}
