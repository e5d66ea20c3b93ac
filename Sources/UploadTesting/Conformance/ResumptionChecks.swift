import UploadCore

extension BackendConformance {
    static let resumption: [Check] = [
        Check(name: "resumes after each part, and sends nothing twice") { suite in
            for parts in 0...3 {
                var upload = try ConformanceUpload(
                    suite.service.backend(), key: "resume/\(parts)", size: 3 * suite.chunk + 9, chunk: suite.chunk)
                try await upload.begin()
                for _ in 0..<parts { _ = try await upload.sendNext() }
                var next = ConformanceUpload(continuing: upload, with: suite.service.backend())
                try suite.expect(
                    try await next.probedBytes() == Int64(parts) * suite.chunk, "after \(parts) parts the server confirms another number")
                try await suite.expectArrived(next, try await next.finish())
                try suite.expect(suite.service.resentBytes(of: next.object.key) == 0, "bytes were sent twice after \(parts) parts")
            }
        },
        Check(name: "a probe changes nothing") { suite in
            var upload = try ConformanceUpload(suite.service.backend(), key: "probe", size: 2 * suite.chunk, chunk: suite.chunk)
            try await upload.begin()
            try suite.expect(try await upload.probedBytes() == 0, "a new session has something")
            _ = try await upload.sendNext()
            for _ in 0..<3 {
                try suite.expect(try await upload.probedBytes() == suite.chunk, "the response to a probe changed")
            }
            try await suite.expectArrived(upload, try await upload.finish())
            guard suite.service.traits.remembersSessions else { return }
            guard case .committed(let object) = try await upload.probe() else {
                throw ConformanceFailure("a finished session does not say that it is finished")
            }
            try await suite.expectArrived(upload, object)
        },
        Check(name: "a part of which the server keeps less is completed from there", .inOrder) { suite in
            for kept in [0, suite.granularity] {
                suite.service.inject([ServiceFault(.part, .keepOnly(bytes: kept), skip: 1)])
                var upload = try ConformanceUpload(
                    suite.service.backend(), key: "short/\(kept)", size: 4 * suite.chunk, chunk: suite.chunk)
                try await upload.begin()
                _ = try await upload.sendNext()
                try suite.expect(
                    try await upload.sendNext() == .confirmed(suite.chunk + kept), "the short acknowledgement was not understood")
                try await suite.expectArrived(upload, try await upload.finish())
            }
        },
        Check(name: "a server that lost all bytes of a session gets them again", .inOrder) { suite in
            suite.service.inject([ServiceFault(.part, .keepNothing, skip: 1)])
            var upload = try ConformanceUpload(suite.service.backend(), key: "forgetful", size: 3 * suite.chunk, chunk: suite.chunk)
            try await upload.begin()
            _ = try await upload.sendNext()
            try suite.expect(try await upload.sendNext() == .confirmed(0), "a response without a range stands for no bytes")
            try await suite.expectArrived(upload, try await upload.finish())
        },
        Check(name: "a connection that breaks in a part loses only what had not arrived") { suite in
            suite.service.inject([ServiceFault(.part, .reset(afterBytes: suite.chunk / 2 + 5), skip: 1)])
            var upload = try ConformanceUpload(suite.service.backend(), key: "reset", size: 3 * suite.chunk, chunk: suite.chunk)
            try await upload.begin()
            _ = try await upload.sendNext()
            _ = try await suite.expectError(.connectionLost, when: "the connection is reset") { try await upload.sendNext() }
            try suite.expect(try await upload.probedBytes() >= suite.chunk, "confirmed bytes are gone")
            try await suite.expectArrived(upload, try await upload.finish())
            try suite.expect(suite.service.resentBytes(of: upload.object.key) == 0, "bytes were sent that the server had")
        },
        Check(name: "an aborted session is gone, and can be aborted again") { suite in
            var upload = try ConformanceUpload(suite.service.backend(), key: "abort", size: 2 * suite.chunk, chunk: suite.chunk)
            try await upload.begin()
            _ = try await upload.sendNext()
            let session = try upload.opened()
            try await upload.backend.abort(session)
            try await upload.backend.abort(session)
            _ = try await suite.expectError(.sessionGone, when: "the session was aborted") { try await upload.probe() }
            try suite.expect(try await upload.backend.find(upload.object.key) == nil, "an aborted upload became an object")
        },
    ]
}
