import UploadCore

extension BackendConformance {
    static let objects: [Check] = [
        Check(name: "nothing is found where nothing is") { suite in
            let backend = suite.service.backend()
            try suite.expect(try await backend.find(backend.key(for: SpoolPath("nowhere"))) == nil, "something is found")
        },
        Check(name: "preconditions keep what another program wrote") { suite in
            guard suite.service.traits.hasPreconditions else { return }
            try await suite.preconditions(viaSession: false)
            if suite.service.traits.sessionMin <= 10 { try await suite.preconditions(viaSession: true) }
        },
        Check(name: "removing leaves a newer version alone, and may be repeated") { suite in
            let (first, old) = try await suite.object("remove/a", size: 10)
            let (_, new) = try await suite.object("remove/a", size: 20)
            let (backend, key) = (first.backend, first.object.key)
            try await backend.remove(key, version: old.version)
            try suite.expect(try await backend.find(key)?.version == new.version, "a newer version was removed")
            try await backend.remove(key, version: new.version)
            try suite.expect(try await backend.find(key) == nil, "the object is still there")
            try await backend.remove(key, version: new.version)
            try await backend.remove(key, version: nil)
        },
        Check(name: "moving keeps the content, and may be repeated") { suite in
            let (upload, object) = try await suite.object("move/from", size: 4321)
            let target = try upload.backend.key(for: SpoolPath("move/to"))
            for attempt in 1...2 {
                let moved = try await upload.backend.move(upload.object.key, version: object.version, to: target)
                try suite.expect(
                    moved.size == 4321 && moved.digest.map { $0 == upload.pattern.digest($0.algorithm) } ?? true,
                    "attempt \(attempt): another object came out")
                try suite.expect(try await suite.service.content(of: target) == upload.pattern.all, "attempt \(attempt): other content")
                try suite.expect(try await upload.backend.find(upload.object.key) == nil, "attempt \(attempt): the source is still there")
            }
        },
        Check(name: "moving resumes where an earlier attempt ended") { suite in
            guard suite.service.traits.movesInSteps else { return }
            let (upload, object) = try await suite.object("move/half", size: 99)
            let target = try upload.backend.key(for: SpoolPath("move/whole"))
            suite.service.inject([ServiceFault(.remove, .status(503))])
            _ = try await suite.expectError(.serverBusy, .serverFault, when: "the source cannot be removed") {
                try await upload.backend.move(upload.object.key, version: object.version, to: target)
            }
            _ = try await upload.backend.move(upload.object.key, version: object.version, to: target)
            try suite.expect(try await upload.backend.find(upload.object.key) == nil, "the source is still there")
            try suite.expect(try await suite.service.content(of: target) == upload.pattern.all, "other content")
        },
        Check(name: "a rename during an upload takes the object along, and sends nothing twice") { suite in
            for moment in RenameMoment.allCases { try await suite.renameDuringUpload(moment) }
        },
        Check(name: "moving leaves a newer source alone") { suite in
            let (upload, old) = try await suite.object("move/newer", size: 5)
            let (_, new) = try await suite.object("move/newer", size: 6)
            let target = try upload.backend.key(for: SpoolPath("move/older"))
            _ = try await suite.expectError(.conflict, when: "the source is newer") {
                try await upload.backend.move(upload.object.key, version: old.version, to: target)
            }
            try suite.expect(try await upload.backend.find(upload.object.key)?.version == new.version, "the newer source is gone")
        },
    ]

    private enum RenameMoment: Int, CaseIterable {
        case begun, afterAPart, beforeTheEnd, responseLost
    }

    /// The session continues under the name that it was begun with, since a service cannot rename it; the object follows.
    private func renameDuringUpload(_ moment: RenameMoment) async throws {
        let name = "rename/\(moment)"
        var upload = try ConformanceUpload(service.backend(), key: name, size: 3 * chunk, chunk: chunk)
        try await upload.begin()
        for _ in 0..<min(moment.rawValue, 2) { _ = try await upload.sendNext() }
        if moment == .responseLost {
            let isNumbered = upload.backend.capabilities.parts != .inOrder
            if isNumbered { _ = try await upload.sendNext() }
            service.inject([ServiceFault(isNumbered ? .commit : .part, .loseResponse)])
            _ = try await expectError(.connectionLost, when: "the last response is lost") { try await upload.sendNext() }
        }
        // The rename comes here, and another run of the program resumes.
        var next = ConformanceUpload(continuing: upload, with: service.backend())
        let made = try await next.finish()
        let target = try next.backend.key(for: SpoolPath("renamed/\(moment)"))
        let moved = try await next.backend.move(next.object.key, version: made.version, to: target)
        try expect(moved.size == next.pattern.size, "\(moment): another object came out")
        try expect(try await service.content(of: target) == next.pattern.all, "\(moment): other content under the new name")
        try expect(try await next.backend.find(target)?.version == moved.version, "\(moment): another version is there than was moved")
        try expect(try await next.backend.find(next.object.key) == nil, "\(moment): something is left under the old name")
        try expect(service.resentBytes(of: next.object.key) == 0, "\(moment): bytes were sent twice")
        try expect(service.openSessions == 0, "\(moment): a session is left")
    }

    private func object(_ name: String, size: Int64) async throws -> (ConformanceUpload, RemoteObject) {
        var upload = try ConformanceUpload(service.backend(), key: name, size: size, chunk: chunk)
        let object = try await upload.put()
        return (upload, object)
    }

    private func create(_ upload: inout ConformanceUpload, viaSession: Bool) async throws -> RemoteObject {
        viaSession ? try await upload.finish() : try await upload.put()
    }

    private func preconditions(viaSession: Bool) async throws {
        let name = "precondition/\(viaSession)"
        func upload(_ size: Int64, _ precondition: Precondition) throws -> ConformanceUpload {
            try ConformanceUpload(service.backend(), key: name, size: size, chunk: chunk, precondition: precondition)
        }
        var first = try upload(10, .absent)
        let old = try await create(&first, viaSession: viaSession)
        if viaSession || service.traits.putChecksAbsence {
            var second = try upload(20, .absent)
            _ = try await expectError(.conflict, when: "something is there") { try await create(&second, viaSession: viaSession) }
        }
        guard let version = old.version else { throw ConformanceFailure("the object has no version") }
        var third = try upload(30, .version(version))
        try await expectArrived(third, try await create(&third, viaSession: viaSession))
        var fourth = try upload(40, .version(version))
        _ = try await expectError(.conflict, when: "another version is there") { try await create(&fourth, viaSession: viaSession) }
        try expect(try await service.content(of: third.object.key) == third.pattern.all, "the object was overwritten")
    }
}
