import struct Foundation.Date
import UploadCore

extension BackendConformance {
    /// Sessions of which no one knows the name. Services that do not list their sessions let them expire.
    static let orphans: [Check] = [
        Check(name: "a lost response to begin leaves nothing behind", .numbered) { suite in
            let backend = suite.service.backend()
            guard backend.capabilities.listsSessions else { return }
            var upload = try suite.orphan("orphan/a")
            let begin = try await suite.loseBegin(&upload)
            let lost = try await suite.found(begin, by: backend)
            try suite.expect(lost.count == 1, "\(lost.count) sessions are found of the one that was opened")
            for session in lost { try await backend.abort(session) }
            try suite.expect(suite.service.openSessions == 0, "the session is still there")
            try await suite.expectArrived(upload, try await upload.finish())
        },
        Check(name: "other sessions are not taken for one without a response", .numbered) { suite in
            let backend = suite.service.backend()
            guard backend.capabilities.listsSessions else { return }
            var (upload, sender, longer) = (try suite.orphan("orphan/b"), try suite.orphan("orphan/b"), try suite.orphan("orphan/b2"))
            try await sender.begin()
            _ = try await sender.sendNext()
            try await longer.begin()
            let begin = try await suite.loseBegin(&upload)
            let others = [try sender.opened(), try longer.opened()].map(backend.identity)
            let lost = try await suite.found(begin, by: backend).map(backend.identity)
            try suite.expect(lost.count == 1 && !others.contains(lost[0]), "another program's session is found")
            for seconds in [-3600.0, 3600] {
                let another = SessionBegin(
                    key: begin.key, from: begin.from.addingTimeInterval(seconds), until: begin.from.addingTimeInterval(seconds + 60))
                try suite.expect(try await backend.orphanedSessions(another).isEmpty, "a session of another time is found")
            }
            try await suite.expectArrived(sender, try await sender.finish())
        },
        Check(name: "a session is listed under the name that it was opened with", .numbered) { suite in
            let backend = suite.service.backend()
            guard backend.capabilities.listsSessions else { return }
            var upload = try suite.orphan("orphan/c d+ü")
            let begin = SessionBegin(key: upload.object.key, from: Date())
            try await upload.begin()
            let listed = try await suite.found(begin, by: backend).map(backend.identity)
            try suite.expect(listed == [backend.identity(of: try upload.opened())], "the session is not known again")
        },
    ]

    private func orphan(_ name: String) throws -> ConformanceUpload {
        try ConformanceUpload(service.backend(), key: name, size: 2 * chunk, chunk: chunk)
    }

    /// Looks again for a while, as the engine does: a busy server may report a time that has passed.
    private func found(_ begin: SessionBegin, by backend: any UploadBackend) async throws -> [UploadSession] {
        for _ in 1..<Self.looksMax {
            let found = try await backend.orphanedSessions(begin)
            if !found.isEmpty { return found }
            try await Task.sleep(for: .milliseconds(100))
        }
        return try await backend.orphanedSessions(begin)
    }

    private static let looksMax = 300

    private func loseBegin(_ upload: inout ConformanceUpload) async throws -> SessionBegin {
        service.inject([ServiceFault(.begin, .loseResponse)])
        var begin = SessionBegin(key: upload.object.key, from: Date())
        do {
            try await upload.begin()
            throw ConformanceFailure("the response to begin was not lost")
        } catch let error as UploadError {
            try expect(error.outcomeUnknown, "\(error.code) says that nothing was opened")
        }
        begin.until = Date()
        return begin
    }
}
