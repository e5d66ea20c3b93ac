import UploadCore

/// Names that are alike for people, or for Swift's strings, and are different names for the kernel.
extension BackendConformance {
    /// `é` as one scalar and as two.
    private static let (composed, decomposed) = ("\u{E9}", "e\u{301}")

    static let similarNames: [Check] = [
        Check(name: "files whose names differ only in Unicode form are two objects") { suite in
            try await suite.expectTwoObjects("form/a\(composed)", "form/a\(decomposed)")
            try await suite.expectTwoObjects("form/b\(decomposed)", "form/b\(composed)")
        },
        Check(name: "folders whose names differ only in Unicode form are two folders, or the second is refused") { suite in
            try await suite.expectTwoObjects("f\(composed)/a", "f\(decomposed)/a", areConfused: suite.service.traits.confusesFormsOfFolders)
            try await suite.expectTwoObjects("g\(decomposed)/h/a", "g\(composed)/h/a")
        },
        Check(name: "files whose names differ only in case are two objects, or the second is refused") { suite in
            try await suite.expectTwoObjects("case/Report", "case/report", areConfused: suite.service.traits.ignoresCase)
            try await suite.expectTwoObjects("case/\u{C9}t\u{E9}", "case/\u{E9}t\u{E9}", areConfused: suite.service.traits.ignoresCase)
        },
        Check(name: "folders whose names differ only in case are two folders, or the second is refused") { suite in
            try await suite.expectTwoObjects("Docs/a", "docs/a", areConfused: suite.service.traits.ignoresCase)
            try await suite.expectTwoObjects("x/\u{C9}/a", "x/\u{E9}/a", areConfused: suite.service.traits.ignoresCase)
        },
        Check(name: "a move to another Unicode form of the name, or to another case, reaches the service") { suite in
            for (source, target) in [
                ("moved/\(composed)", "moved/\(decomposed)"), ("moved/\(decomposed)1", "moved/\(composed)1"), ("moved/Photo", "moved/photo"),
                ("moved/folder\(composed)/a", "moved/folder\(decomposed)/a"), ("moved/PHOTOS/DEEP/a", "moved/photos/deep/a"),
            ] {
                try await suite.expectMoved(source, target)
            }
        },
        Check(name: "a name that begins with a combining mark is a name like any other") { suite in
            for name in ["\u{301}", "\u{301}x", "\u{308}a/\u{327}b", "d/\u{301}'\u{301}", "\u{20DD}\u{FE0F}%\u{301}&\u{301}=\u{301}"] {
                try await suite.expectMoved("marks/\(name)", "\u{301}moved/\(name)")
            }
        },
    ]

    /// Makes two objects of different content, by way of `create`, and expects both, or the first and a refusal of the second.
    private func expectTwoObjects(_ first: String, _ second: String, areConfused: Bool = false) async throws {
        for viaSession in [false, true] {
            let prefix = viaSession ? "session/" : "put/"
            // Without a precondition, the object that may be there is looked up.
            var one = try similar(prefix + first, size: 10, viaSession ? .none : .absent)
            var two = try similar(prefix + second, size: 20, viaSession ? .none : .absent)
            guard one.pattern.size >= service.traits.sessionMin || !viaSession else { continue }
            try await expectArrived(one, viaSession ? try await one.finish() : try await one.put())
            try expect(try await two.backend.find(two.object.key) == nil, "\(second) is found where only \(first) is")
            if areConfused {
                let error = try await expectError(.invalidName, when: "\(second) is put beside \(first)") {
                    viaSession ? try await two.finish() : try await two.put()
                }
                let existing = first.utf8.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
                try expect(
                    existing.contains { error.sentence.contains("\"\($0)\"") }, "the refusal does not name \(first): \(error.sentence)")
            } else {
                try await expectArrived(two, viaSession ? try await two.finish() : try await two.put())
                let found = try await two.backend.find(two.object.key)
                try expect(found?.size == 20, "\(second) is not found")
            }
            try expect(try await service.content(of: one.object.key) == one.pattern.all, "\(first) was overwritten")
            try expect(try await one.backend.find(one.object.key)?.size == 10, "\(first) is not found")
        }
    }

    private func expectMoved(_ source: String, _ target: String) async throws {
        var upload = try similar(source, size: 30, .absent)
        let made = try await upload.put()
        try await expectArrived(upload, made)
        try expect(try await upload.backend.find(upload.object.key)?.version == made.version, "\(source) is not found")
        let key = try upload.backend.key(for: SpoolPath(target))
        let moved = try await upload.backend.move(upload.object.key, version: made.version, to: key)
        try expect(try await service.content(of: key) == upload.pattern.all, "\(target) is not what was moved")
        try expect(try await service.content(of: upload.object.key) == nil, "\(source) is still there")
        try expect(try await upload.backend.find(upload.object.key) == nil, "\(source) is still found")
        // As after a start that knows nothing of folders.
        let backend = service.backend()
        try expect(try await backend.find(key)?.version == moved.version, "\(target) is not found")
        try await backend.remove(key, version: moved.version)
        try expect(try await service.content(of: key) == nil, "\(target) was not removed")
    }

    private func similar(_ name: String, size: Int64, _ precondition: Precondition) throws -> ConformanceUpload {
        try ConformanceUpload(service.backend(), key: name, size: size, chunk: chunk, precondition: precondition)
    }
}
