import UploadCore

extension BackendConformance {
    static let integrity: [Check] = [
        Check(name: "the server refuses a single request whose digest is another") { suite in
            guard suite.service.traits.checksDigest else { return }
            var upload = try ConformanceUpload(suite.service.backend(), key: "digest/put", size: 500, chunk: suite.chunk)
            _ = try await suite.expectError(.digestMismatch, when: "the digest is another's") {
                try await upload.put(claiming: suite.otherDigest)
            }
            try suite.expect(try await suite.service.content(of: upload.object.key) == nil, "corrupt bytes became an object")
        },
        Check(name: "the server refuses a session whose digest is another", .inOrder) { suite in
            guard suite.service.traits.checksDigest else { return }
            var upload = try ConformanceUpload(suite.service.backend(), key: "digest/session", size: suite.chunk, chunk: suite.chunk)
            try await upload.begin()
            let part = Part(offset: 0, length: suite.chunk, isLast: true)
            let error = try await suite.expectError(.digestMismatch, .sessionGone, when: "the digest is another's") {
                try await upload.send(part, body: upload.pattern.body, claiming: suite.otherDigest)
            }
            try suite.expect(error.disposition == .sessionGone, "a corrupt session is not to be continued")
            try suite.expect(try await suite.service.content(of: upload.object.key) == nil, "corrupt bytes became an object")
        },
        Check(name: "the server refuses a commit whose digest is another", .numbered) { suite in
            guard suite.service.traits.checksDigest else { return }
            var upload = try ConformanceUpload(suite.service.backend(), key: "digest/commit", size: suite.chunk + 5, chunk: suite.chunk)
            try await upload.begin()
            while try upload.nextPart() != nil { _ = try await upload.sendNext() }
            let error = try await suite.expectError(.digestMismatch, .sessionGone, when: "the digest is another's") {
                try await upload.commit(claiming: suite.otherDigest)
            }
            try suite.expect(error.disposition == .sessionGone, "a corrupt session is not to be continued")
            try suite.expect(try await suite.service.content(of: upload.object.key) == nil, "corrupt bytes became an object")
        },
        Check(name: "a wrong digest in the response is handed on") { suite in
            guard suite.service.traits.returnsDigest else { return }
            let isNumbered = suite.service.backend().capabilities.parts != .inOrder
            for moment in [ServiceFault.Moment.put, isNumbered ? .commit : .part] {
                suite.service.inject([ServiceFault(moment, .wrongDigest)])
                var upload = try ConformanceUpload(suite.service.backend(), key: "digest/\(moment)", size: suite.chunk - 7, chunk: suite.chunk)
                let returned = moment == .put ? try await upload.put() : try await upload.finish()
                try suite.expect(returned.digest != nil && returned.digest != upload.digest, "\(moment): the wrong digest is hidden")
            }
        },
    ]

    private var otherDigest: ContentDigest { BytePattern(size: 3, seed: 99).digest(service.backend().capabilities.digest) }
}
