import UploadCore

extension BackendConformance {
    static let contents: [Check] = [
        Check(name: "one request carries every size") { suite in
            for size in suite.sizes {
                var upload = try ConformanceUpload(suite.service.backend(), key: "put/\(size)", size: size, chunk: suite.chunk)
                try await suite.expectArrived(upload, try await upload.put())
            }
        },
        Check(name: "a session carries every size") { suite in
            for size in suite.sizes where size >= suite.service.traits.sessionMin {
                var upload = try ConformanceUpload(suite.service.backend(), key: "session/\(size)", size: size, chunk: suite.chunk)
                try await suite.expectArrived(upload, try await upload.finish())
                try suite.expect(
                    suite.service.resentBytes(of: upload.object.key) == 0, "\(size) bytes: some of them were sent twice")
            }
        },
        Check(name: "names keep every character") { suite in
            for name in suite.service.traits.names {
                var upload = try ConformanceUpload(suite.service.backend(), key: "names/\(name)", size: 5, chunk: suite.chunk)
                try await suite.expectArrived(upload, try await upload.put())
                let found = try await upload.backend.find(upload.object.key)
                try suite.expect(found?.size == 5, "\(name) is not found again")
            }
        },
        Check(name: "a body that fails in the middle makes no object") { suite in
            try await suite.failingBody(viaSession: false)
            try await suite.failingBody(viaSession: true)
        },
        Check(name: "a cancelled upload makes no object, and resumes later") { suite in
            try await suite.cancelledPart()
        },
    ]

    /// The sizes at which something changes: nothing, a byte, around the granularity, and whole parts.
    var sizes: [Int64] {
        [0, 1, granularity - 1, granularity, granularity + 1, chunk, chunk + 1, 3 * chunk - 1, 3 * chunk, 3 * chunk + granularity + 7]
    }

    private func failingBody(viaSession: Bool) async throws {
        let changed = UploadError(.contentChanged, "the file changed")
        var upload = try ConformanceUpload(
            service.backend(), key: "changed/\(viaSession)", size: chunk, chunk: chunk)
        let body = upload.pattern.body(0..<chunk, failingAt: chunk - 1, with: changed)
        if viaSession { try await upload.begin() }
        let error = try await expectError(.contentChanged, when: "the body throws") {
            if viaSession, let part = try upload.nextPart() {
                _ = try await upload.send(part, body: body)
            } else {
                _ = try await upload.put(body: body)
            }
        }
        try expect(error == changed, "the body's own error came back changed: \(error)")
        try expect(try await service.content(of: upload.object.key) == nil, "an unfinished body became an object")
        guard viaSession else { return }
        try expect(try await upload.probedBytes() < chunk, "the server has more than was sent")
    }

    private func cancelledPart() async throws {
        let backend = service.backend()
        var upload = try ConformanceUpload(backend, key: "cancelled", size: chunk, chunk: chunk)
        try await upload.begin()
        guard let part = try upload.nextPart() else { throw ConformanceFailure("there is nothing to send") }
        let sender = upload
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        defer { release.finish() }
        let sending = Task {
            var sender = sender
            return try await sender.send(
                part,
                body: PartBody(length: part.length) {
                    start.yield()
                    // The request stands here when it is cancelled.
                    for await _ in released {}
                    return nil
                })
        }
        for await _ in started { break }
        sending.cancel()
        _ = try await expectError(.cancelled, when: "the task is cancelled") { try await sending.value }
        try await expectArrived(upload, try await upload.finish())
    }
}
