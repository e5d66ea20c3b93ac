import UploadCore

/// What every backend has to do, whatever protocol it speaks. A backend is done when all checks pass.
///
/// The checks drive the backend itself, part by part, against a server that fails on demand; see `ConformanceService`.
public struct BackendConformance: Sendable {
    public struct Check: Sendable, CustomStringConvertible {
        public let name: String
        let body: @Sendable (BackendConformance) async throws -> Void

        public var description: String { name }

        /// - Throws: `ConformanceFailure`, or what the backend threw when it should not have.
        public func run(on service: any ConformanceService) async throws {
            try await body(BackendConformance(service: service))
        }
    }

    let service: any ConformanceService

    public static let all: [Check] = contents + resumption + losses + refusals + integrity + objects

    var granularity: Int64 { service.backend().limits.granularity }
    /// The suite's length of a part: small, so that few bytes make many parts.
    var chunk: Int64 { granularity * 2 }

    // MARK: Expectations

    func expect(_ condition: Bool, _ what: @autoclosure () -> String) throws {
        if !condition { throw ConformanceFailure(what()) }
    }

    func expectError<Value>(
        _ codes: UploadError.Code..., when situation: String, _ operation: () async throws -> Value
    ) async throws -> UploadError {
        do {
            let value = try await operation()
            throw ConformanceFailure("\(situation): \(codes) was due, and \(value) came")
        } catch let error as UploadError {
            try expect(codes.contains(error.code), "\(situation): \(codes) was due, and \(error.code) came (\(error.sentence))")
            return error
        }
    }

    /// The server holds exactly what was sent, and said so.
    func expectArrived(_ upload: ConformanceUpload, _ answer: RemoteObject) async throws {
        let name = upload.object.key.text
        try expect(answer.size == upload.pattern.size, "\(name): the answer says \(answer.size) bytes instead of \(upload.pattern.size)")
        try expect(answer.digest == upload.pattern.digest, "\(name): the answer has another digest")
        let held = try await service.content(of: upload.object.key)
        try expect(held == upload.pattern.all, "\(name): the server holds other bytes than were sent")
    }
}
