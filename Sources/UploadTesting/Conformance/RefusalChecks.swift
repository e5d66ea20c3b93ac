import UploadCore

extension BackendConformance {
    static let refusals: [Check] = [
        Check(name: "a busy server is obeyed about when to come back") { suite in
            for status in [408, 429, 500, 502, 503, 504] {
                var upload = try ConformanceUpload(suite.service.backend(), key: "busy/\(status)", size: suite.chunk + 1, chunk: suite.chunk)
                for moment in [ServiceFault.Moment.begin, .part, .probe] {
                    suite.service.inject([ServiceFault(moment, .status(status, retryAfter: 7))])
                    let error = try await suite.expectError(.timedOut, .serverBusy, .serverFault, when: "status \(status) for \(moment)") {
                        switch moment {
                        case .begin: try await upload.begin()
                        case .part: _ = try await upload.sendNext()
                        default: _ = try await upload.probe()
                        }
                    }
                    try suite.expect(error.retryAfter == .seconds(7), "status \(status) for \(moment): Retry-After is lost")
                    if moment == .begin { try await upload.begin() }
                }
                try await suite.expectArrived(upload, try await upload.finish())
            }
        },
        Check(name: "a single request to a busy server fails for a while") { suite in
            for status in [408, 429, 500, 502, 503, 504] {
                suite.service.inject([ServiceFault(.put, .status(status, retryAfter: 3))])
                var upload = try ConformanceUpload(suite.service.backend(), key: "busy/put/\(status)", size: 99, chunk: suite.chunk)
                let error = try await suite.expectError(.timedOut, .serverBusy, .serverFault, when: "status \(status)") {
                    try await upload.put()
                }
                try suite.expect(error.retryAfter == .seconds(3), "status \(status): Retry-After is lost")
                try await suite.expectArrived(upload, try await upload.put())
            }
        },
        Check(name: "missing permission, limited rate and other refusals are told apart") { suite in
            for (status, reason, code) in suite.service.traits.refusals {
                suite.service.inject([ServiceFault(.begin, .status(status, reason: reason))])
                var upload = try ConformanceUpload(suite.service.backend(), key: "refused", size: suite.chunk, chunk: suite.chunk)
                _ = try await suite.expectError(code, when: "status \(status), \(reason ?? "no reason")") { try await upload.begin() }
            }
        },
        Check(name: "a malformed response is transient") { suite in
            for moment in [ServiceFault.Moment.put, .begin, .part, .probe, .find] {
                suite.service.inject([ServiceFault(moment, .garbage)])
                var upload = try ConformanceUpload(suite.service.backend(), key: "garbage/\(moment)", size: suite.chunk + 1, chunk: suite.chunk)
                if moment == .part || moment == .probe { try await upload.begin() }
                _ = try await suite.expectError(.invalidResponse, when: "garbage for \(moment)") {
                    switch moment {
                    case .put: _ = try await upload.put()
                    case .begin: try await upload.begin()
                    case .part: _ = try await upload.sendNext()
                    case .probe: _ = try await upload.probe()
                    default: _ = try await upload.backend.find(upload.object.key)
                    }
                }
                try await suite.expectArrived(upload, try await upload.finish())
            }
        },
        Check(name: "a server that claims more than was sent is not believed", .inOrder) { suite in
            suite.service.inject([ServiceFault(.part, .claimBeyond(bytes: suite.granularity))])
            var upload = try ConformanceUpload(suite.service.backend(), key: "beyond", size: 4 * suite.chunk, chunk: suite.chunk)
            try await upload.begin()
            let error = try await suite.expectError(.rejected, when: "more is confirmed than was sent") { try await upload.sendNext() }
            try suite.expect(error.disposition == .permanent, "such an upload has to fail loudly")
        },
    ]
}
