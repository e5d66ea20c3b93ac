import UploadCore

extension BackendConformance {
    static let numberedParts: [Check] = [
        Check(name: "parts may arrive in any order, and side by side", .numbered) { suite in
            var upload = try ConformanceUpload(suite.service.backend(), key: "order", size: 5 * suite.chunk - 3, chunk: suite.chunk)
            try await upload.begin()
            let plan = try suite.plan(of: upload)
            for number in (1...plan.count).reversed() where number.isMultiple(of: 2) {
                let part = plan.part(number)
                _ = try await upload.send(part, body: upload.pattern.body(part.offset..<part.end))
            }
            try await suite.sendOthersSideBySide(upload, plan)
            try suite.expect(try await upload.probedBytes() == upload.pattern.size, "the server does not list all parts")
            try await suite.expectArrived(upload, try await upload.finish())
            try suite.expect(suite.service.resentBytes(of: upload.object.key) == 0, "bytes were sent twice")
        },
        Check(name: "the list of parts says what was received", .numbered) { suite in
            var upload = try ConformanceUpload(suite.service.backend(), key: "list", size: 3 * suite.chunk, chunk: suite.chunk)
            try await upload.begin()
            guard case .parts(let sent) = try await upload.sendNext() else { throw ConformanceFailure("a part was not acknowledged") }
            guard case .parts(let listed) = try await upload.probe() else { throw ConformanceFailure("a probe lists no parts") }
            try suite.expect(sent.map(\.token) == listed.map(\.token), "the list names the part otherwise than its response")
            try suite.expect(sent.map(\.offset) == listed.map(\.offset), "the list has the part at another place")
            for receipt in listed {
                guard let digest = receipt.digest else { continue }
                let range = receipt.offset..<(receipt.offset + receipt.length)
                try suite.expect(digest == upload.pattern.digest(digest.algorithm, of: range), "the list has another digest")
            }
            try await suite.expectArrived(upload, try await upload.finish())
        },
        Check(name: "a corrupt part is refused", .numbered) { suite in
            var upload = try ConformanceUpload(suite.service.backend(), key: "corrupt", size: 2 * suite.chunk, chunk: suite.chunk)
            guard let algorithm = upload.backend.capabilities.bodyDigest else { return }
            try await upload.begin()
            let part = try suite.plan(of: upload).part(1)
            let other = BytePattern(size: 3, seed: 99).digest(algorithm)
            _ = try await suite.expectError(.digestMismatch, .serverFault, when: "the digest is another's") {
                try await upload.send(part, body: upload.pattern.body(part.offset..<part.end), claiming: other)
            }
            try suite.expect(try await upload.probedBytes() == 0, "a corrupt part was kept")
        },
        Check(name: "a lost response to the commit is found", .numbered) { suite in
            var upload = try ConformanceUpload(suite.service.backend(), key: "lost/commit", size: 2 * suite.chunk, chunk: suite.chunk)
            try await upload.begin()
            while try upload.nextPart() != nil { _ = try await upload.sendNext() }
            suite.service.inject([ServiceFault(.commit, .loseResponse)])
            _ = try await suite.expectError(.connectionLost, when: "the response to the commit is lost") { try await upload.commit() }
            try await suite.expectArrived(upload, try await upload.finish())
            try suite.expect(suite.service.resentBytes(of: upload.object.key) == 0, "bytes were sent twice")
        },
        Check(name: "a busy server is obeyed at the commit, too", .numbered) { suite in
            for status in [500, 503] {
                var upload = try ConformanceUpload(
                    suite.service.backend(), key: "busy/commit/\(status)", size: suite.chunk + 1, chunk: suite.chunk)
                try await upload.begin()
                while try upload.nextPart() != nil { _ = try await upload.sendNext() }
                suite.service.inject([ServiceFault(.commit, .status(status, retryAfter: 5))])
                let error = try await suite.expectError(.timedOut, .serverBusy, .serverFault, when: "status \(status)") {
                    try await upload.commit()
                }
                try suite.expect(error.retryAfter == .seconds(5), "status \(status): Retry-After is lost")
                try await suite.expectArrived(upload, try await upload.finish())
            }
        },
    ]

    private func plan(of upload: ConformanceUpload) throws -> NumberedPartPlan {
        try upload.opened().plan(of: upload.pattern.size)
    }

    private func sendOthersSideBySide(_ upload: ConformanceUpload, _ plan: NumberedPartPlan) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...plan.count where !number.isMultiple(of: 2) {
                let part = plan.part(number)
                group.addTask {
                    var sender = upload
                    _ = try await sender.send(part, body: upload.pattern.body(part.offset..<part.end))
                }
            }
            try await group.waitForAll()
        }
    }
}
