import Foundation
import NIOConcurrencyHelpers
import Testing
import UploadCore
import UploadTestServer

@testable import Backends
@testable import UploadTesting

/// Names that Box treats as one: what is renamed, what is waited for, and what fails.
@Suite struct BoxNameClashTests {
    /// The files and directories of a mount.
    private final class Names: LocalNames {
        private let paths = NIOLockedValueBox<Set<SpoolPath>>([])

        init(_ paths: String...) { self.paths.withLockedValue { $0 = Set(paths.map { SpoolPath($0) }) } }

        func exists(_ path: SpoolPath) -> Bool { paths.withLockedValue { $0.contains(path) } }
    }

    private func put(_ backend: BoxBackend, _ name: String, size: Int64 = 10) async throws -> (ConformanceUpload, RemoteObject) {
        var upload = try ConformanceUpload(backend, key: name, size: size, chunk: 1 << 20, precondition: .absent)
        let made = try await upload.put()
        return (upload, made)
    }

    private func refusal(_ body: () async throws -> Void) async throws -> UploadError {
        try #require(await #expect(throws: UploadError.self) { try await body() })
    }

    @Test(arguments: [("Photos/a", "photos/a"), ("A/B/C/a", "a/b/c/a"), ("\u{E9}/a", "e\u{301}/a"), ("x/Deep/a", "x/DEEP/a")])
    func aFolderIsRenamedWithItsFirstFileAndKeepsItsID(_ source: String, _ target: String) async throws {
        try await BoxTestService.run { service in
            let backend = try service.box()
            let (file, made) = try await put(backend, source)
            let (second, other) = try await put(backend, source + "2")
            let folder = try #require(try await service.item(ObjectKey(names: file.object.key.boxFolders))?["id"] as? String)
            for (upload, object, name) in [(file, made, target), (second, other, target + "2")] {
                let moved = try await backend.move(upload.object.key, version: object.version, to: try backend.key(for: SpoolPath(name)))
                #expect(moved.id == object.id)
            }
            let key = try backend.key(for: SpoolPath(target))
            #expect(try await service.item(ObjectKey(names: key.boxFolders))?["id"] as? String == folder)
            #expect(try await service.content(of: key) == file.pattern.all)
            #expect(try await service.item(file.object.key) == nil)
            // What is put there afterwards finds the folder, and nothing is left of the former one.
            _ = try await put(backend, target + "3")
            let above = try #require(try await service.item(ObjectKey(names: key.boxFolders.dropLast()))?["id"] as? String)
            let listing = try await service.json("2.0/folders/\(above)/items")
            #expect((listing["entries"] as? [Any])?.count == 1)
            #expect(service.server.counters.snapshot().requestsByKind["delete"] == nil)
        }
    }

    @Test func aFolderThatTheMountStillHasIsNotRenamed() async throws {
        try await BoxTestService.run { service in
            let backend = try service.box()
            backend.use(Names("Photos", "Photos/a", "photos", "photos/b"))
            _ = try await put(backend, "Photos/a")
            let (second, made) = try await put(backend, "Photos/b")
            let target = try backend.key(for: SpoolPath("photos/b"))
            let error = try await refusal { _ = try await backend.move(second.object.key, version: made.version, to: target) }
            #expect(error.code == .invalidName)
            #expect(
                error.sentence
                    == "Box has \"Photos\" in this folder and treats \"photos\" as the same name, since they differ only in upper and lower case; "
                    + "rename one of the two")
            #expect(try await service.content(of: second.object.key) == second.pattern.all)
        }
    }

    /// A directory was removed on the mount; Box keeps its folder.
    @Test func anEmptyFolderThatTheMountHasNotIsRenamed() async throws {
        try await BoxTestService.run { service in
            let backend = try service.box()
            backend.use(Names("photos", "photos/b"))
            let (first, made) = try await put(backend, "Photos/a")
            try await backend.remove(first.object.key, version: made.version)
            let (second, _) = try await put(backend, "photos/b")
            #expect(try await service.content(of: second.object.key) == second.pattern.all)
            #expect(try await service.item(ObjectKey("base/Photos")) == nil)
        }
    }

    @Test(arguments: [("Photos/a", "photos/b"), ("Report", "report")])
    func whatTheMountHasNotIsWaitedForAMinute(_ existing: String, _ name: String) async throws {
        try await BoxTestService.run { service in
            let clock = SettableDate()
            let backend = try service.box(now: { clock.now })
            backend.use(Names(name))
            let (first, _) = try await put(backend, existing)
            for seconds in [0.0, 59] {
                clock.advance(by: seconds)
                let error = try await refusal { _ = try await put(backend, name) }
                #expect(error.code == .serverBusy && error.sentence.contains("\"\(existing.prefix(6))\""), "\(error)")
            }
            clock.advance(by: 1)
            #expect(try await refusal { _ = try await put(backend, name) }.code == .invalidName)
            // `retry` waits again.
            #expect(try await refusal { _ = try await put(backend, name) }.code == .serverBusy)
            try await backend.remove(first.object.key, version: nil)
            _ = try await put(backend, name)
        }
    }

    /// Renamed once more since the upload was set up.
    @Test func aNameThatIsNotOnTheMountAnyMoreDoesNotFail() async throws {
        try await BoxTestService.run { service in
            let backend = try service.box()
            backend.use(Names("Photos", "Photos/a"))
            let (file, made) = try await put(backend, "Photos/a")
            let target = try backend.key(for: SpoolPath("photos/a"))
            let error = try await refusal { _ = try await backend.move(file.object.key, version: made.version, to: target) }
            #expect(error.code == .serverBusy)
        }
    }

    @Test func theWaitingEndsWhenTheOtherNameAppearsOnTheMount() async throws {
        try await BoxTestService.run { service in
            let backend = try service.box()
            backend.use(Names("report", "Report"))
            _ = try await put(backend, "Report")
            #expect(try await refusal { _ = try await put(backend, "report") }.code == .invalidName)
        }
    }

    /// Box converts the name in a preflight check, and of a new folder, to NFKC, and no other.
    @Test func namesThatAPreflightCheckConvertsAreFound() async throws {
        try await BoxTestService.run { service in
            let backend = try service.box()
            for (first, second) in [("e\u{301}", "\u{E9}"), ("\u{FB01}n", "fin"), ("\u{FF21}", "A")] {
                let (one, _) = try await put(backend, first, size: 1)
                #expect(try await backend.find(one.object.key)?.size == 1)
                let (two, _) = try await put(backend, second, size: 2)
                #expect(try await backend.find(one.object.key)?.size == 1)
                #expect(try await backend.find(two.object.key)?.size == 2)
                let (below, _) = try await put(backend, "d\(first)/a", size: 3)
                let (beside, _) = try await put(backend, "d\(second)/a", size: 4)
                // As after a start that knows nothing of folders.
                let fresh = try service.box()
                #expect(try await fresh.find(below.object.key)?.size == 3)
                #expect(try await fresh.find(beside.object.key)?.size == 4)
                let (third, _) = try await put(try service.box(), "d\(first)/b", size: 5)
                #expect(try await service.content(of: third.object.key) == third.pattern.all)
            }
        }
    }

    @Test(arguments: [
        ("a", "A", "upper and lower case"), ("\u{E9}", "e\u{301}", "Unicode form"), ("\u{C9}", "e\u{301}", "case or Unicode form"),
    ])
    func theSentenceSaysInWhatTheNamesDiffer(_ name: String, _ existing: String, _ difference: String) {
        let sentence = BoxClashes.sentence(ServiceName(name), existing: ServiceName(existing))
        #expect(sentence.contains(difference) && sentence.hasBytes(prefix: "Box has \"\(existing)\""), "\(sentence)")
    }
}
