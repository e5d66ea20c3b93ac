import UploadCore

extension BackendConformance {
    static let losses: [Check] = [
        Check(name: "a lost response to begin costs nothing") { suite in
            suite.service.inject([ServiceFault(.begin, .loseResponse)])
            var upload = try ConformanceUpload(suite.service.backend(), key: "lost/begin", size: suite.chunk + 1, chunk: suite.chunk)
            _ = try await suite.expectError(.connectionLost, when: "the response to begin is lost") { try await upload.begin() }
            try await suite.expectArrived(upload, try await upload.finish())
        },
        Check(name: "a lost response to a part is found by a probe") { suite in
            suite.service.inject([ServiceFault(.part, .loseResponse, skip: 1)])
            var upload = try ConformanceUpload(suite.service.backend(), key: "lost/part", size: 3 * suite.chunk, chunk: suite.chunk)
            try await upload.begin()
            _ = try await upload.sendNext()
            _ = try await suite.expectError(.connectionLost, when: "the response to a part is lost") { try await upload.sendNext() }
            try suite.expect(try await upload.probedBytes() == 2 * suite.chunk, "the probe does not find the part")
            try await suite.expectArrived(upload, try await upload.finish())
            try suite.expect(suite.service.resentBytes(of: upload.object.key) == 0, "the part was sent twice")
        },
        Check(name: "a lost response to the last part is found by a probe", .inOrder) { suite in
            suite.service.inject([ServiceFault(.part, .loseResponse, skip: 1)])
            var upload = try ConformanceUpload(suite.service.backend(), key: "lost/last", size: 2 * suite.chunk, chunk: suite.chunk)
            try await upload.begin()
            _ = try await upload.sendNext()
            _ = try await suite.expectError(.connectionLost, when: "the last response is lost") { try await upload.sendNext() }
            guard case .committed(let object) = try await upload.probe() else {
                throw ConformanceFailure("the probe does not say that the object is there")
            }
            try await suite.expectArrived(upload, object)
        },
        Check(name: "a lost response to the single request is found under its name") { suite in
            suite.service.inject([ServiceFault(.put, .loseResponse)])
            var upload = try ConformanceUpload(
                suite.service.backend(), key: "lost/put", size: 1000, chunk: suite.chunk,
                precondition: suite.service.traits.hasPreconditions ? .absent : .none)
            _ = try await suite.expectError(.connectionLost, when: "the response to put is lost") { try await upload.put() }
            guard let found = try await upload.backend.find(upload.object.key) else { throw ConformanceFailure("the object is not found") }
            try await suite.expectArrived(upload, found)
            guard suite.service.traits.hasPreconditions, suite.service.traits.putChecksAbsence else { return }
            _ = try await suite.expectError(.conflict, when: "the request is sent once more") { try await upload.put() }
        },
        Check(name: "only a lost session is reported as one, wherever it is noticed") { suite in
            for status in suite.service.traits.lossStatuses {
                for moment in [ServiceFault.Moment.part, .probe] {
                    var upload = try ConformanceUpload(
                        suite.service.backend(), key: "gone/\(status)/\(moment)", size: 2 * suite.chunk, chunk: suite.chunk)
                    try await upload.begin()
                    _ = try await upload.sendNext()
                    suite.service.inject([ServiceFault(moment, .loseSession(status: status))])
                    _ = try await suite.expectError(.sessionGone, when: "status \(status) for \(moment)") {
                        moment == .part ? try await upload.sendNext() : try await upload.probe()
                    }
                    try await suite.expectArrived(upload, try await upload.finish())
                }
            }
        },
        Check(name: "a token that is refused in the middle of an upload is renewed") { suite in
            guard suite.service.traits.hasTokens else { return }
            suite.service.inject([ServiceFault(.part, .status(401), skip: 1), ServiceFault(.begin, .status(401))])
            var upload = try ConformanceUpload(suite.service.backend(), key: "token", size: 3 * suite.chunk, chunk: suite.chunk)
            try await upload.begin()
            _ = try await upload.sendNext()
            do {
                _ = try await upload.sendNext()
                throw ConformanceFailure("a body that was refused with 401 cannot have been accepted")
            } catch let error as UploadError {
                try suite.expect(error.disposition == .transient, "a renewed token is \(error.code), and should be transient")
            }
            suite.service.inject([ServiceFault(.probe, .status(401))])
            try suite.expect(try await upload.probedBytes() == suite.chunk, "a probe is repeated with the new token")
            try await suite.expectArrived(upload, try await upload.finish())
        },
    ]
}
