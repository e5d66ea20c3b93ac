import Foundation
import Testing

@testable import Commands

/// Paths are bytes: names that begin with a combining mark, and those that only look alike.
struct PathTests {
    private static let composed = "\u{e9}"
    private static let decomposed = "e\u{301}"

    @Test func whatIsBelowADirectoryIsToldByItsBytes() {
        #expect(Path.isInside("/mnt/\u{301}x", "/mnt"))
        #expect(Path.isInside("/\u{301}x", "/"))
        #expect(!Path.isInside("/mnt\u{301}/x", "/mnt"))
        #expect(Path.isInside("/mnt/\(Self.composed)/a", "/mnt/\(Self.composed)"))
        #expect(!Path.isInside("/mnt/\(Self.composed)/a", "/mnt/\(Self.decomposed)"))
        #expect(!Path.isInside("/mnt/\(Self.composed)", "/mnt/\(Self.decomposed)"))
    }

    @Test func parentsAreFoundAtTheLastSlash() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "uploadfs-path-\(UUID().uuidString.prefix(8))").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        #expect(mkdir(directory, 0o700) == 0)
        let real = try #require(Path.resolved(directory))
        for name in ["\u{301}x", "a", Self.decomposed, "\u{200d}"] {
            let parent = try #require(Path.resolvedParent("\(directory)/\(name)//"))
            #expect(Array(parent.utf8) == Array("\(real)/\(name)".utf8))
            let resolved = Path.resolvedAsFarAsItExists("\(directory)/\(name)/\u{301}")
            #expect(Array(resolved.utf8) == Array("\(real)/\(name)/\u{301}".utf8))
        }
        #expect(Path.resolvedParent("/") == "/")
        #expect(Path.resolvedParent("\(directory)/..") == nil)
        #expect(Path.resolvedAsFarAsItExists("/") == "/")
        #expect(Path.resolvedAsFarAsItExists("/nonexistent/a") == "/nonexistent/a")
    }

    @Test func mountsThatLookAlikeAreToldApart() {
        let table = MountTable(
            mountinfo: """
                36 35 0:50 / /mnt/\(Self.composed) rw - fuse.uploadfs gs://a rw
                37 35 0:51 / /mnt/\(Self.decomposed) rw - fuse.uploadfs gs://b rw
                38 35 0:52 / /mnt/c rw - fuse.uploadfs \u{301}gs://c rw
                """)
        #expect(table.entries.count == 3)
        #expect(table.entry(at: "/mnt/\(Self.composed)")?.device == "0:50")
        #expect(table.entry(at: "/mnt/\(Self.decomposed)")?.device == "0:51")
        #expect(table.entry(containing: "/mnt/\(Self.composed)/\u{301}")?.device == "0:50")
        #expect(table.entry(at: "/mnt/c")?.source == "\u{301}gs://c")
    }

    @Test func sectionsOfTheConfigurationAreFoundByBytes() throws {
        let file = try ConfigurationFile(path: "f", text: "[destination.\"gs://b/\(Self.composed)\"]\nuid = 1\n")
        #expect(file.section(for: "gs://b/\(Self.composed)/\u{301}") != nil)
        #expect(file.section(for: "gs://b/\(Self.decomposed)") == nil)
    }

    @Test func commasOfOptionListsAreBytes() {
        let items = OptionList.split("ro,\u{301}a=\u{301}b,hold=\\,\u{301}")
        #expect(items.map(\.name) == ["ro", "\u{301}a", "hold"])
        #expect(items.map(\.value) == [nil, "\u{301}b", ",\u{301}"])
    }

    @Test func stateDirectoriesAreNamedByBytes() {
        #expect(DefaultStateDirectory.escaped("/mnt/\u{301}x") == "mnt-\\xcc\\x81x")
    }
}
