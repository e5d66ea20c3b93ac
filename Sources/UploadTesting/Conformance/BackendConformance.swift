import UploadCore

/// What every backend has to do, whatever protocol it speaks. A backend is done when all checks pass.
///
/// The checks drive the backend itself, part by part, against a server that fails on demand; see `ConformanceService`.
public struct BackendConformance: Sendable {
    public struct Check: Sendable, CustomStringConvertible {
        public let name: String
        /// The protocols that it is about.
        let scope: Scope
        let body: @Sendable (BackendConformance) async throws -> Void

        init(name: String, _ scope: Scope = .every, body: @escaping @Sendable (BackendConformance) async throws -> Void) {
            self.name = name
            self.scope = scope
            self.body = body
        }

        public var description: String { name }

        /// - Throws: `ConformanceFailure`, or what the backend threw when it should not have.
        public func run(on service: any ConformanceService) async throws {
            try await body(BackendConformance(service: service))
        }
    }

    enum Scope: Sendable {
        case every
        /// Sessions that go by offset.
        case inOrder
        /// Sessions of numbered parts.
        case numbered
    }

    let service: any ConformanceService

    private static let all: [Check] = contents + resumption + numberedParts + losses + orphans + refusals + integrity + objects + similarNames

    /// For protocols whose sessions go by offset.
    public static let inOrder = all.filter { $0.scope != .numbered }
    /// For protocols whose sessions take numbered parts.
    public static let numbered = all.filter { $0.scope != .inOrder }

    /// Lengths of parts are multiples of this, in bytes.
    var granularity: Int64 {
        let capabilities = service.backend().capabilities
        if case .numbered(let rules) = capabilities.parts { return max(capabilities.granularity, rules.lengths.lowerBound) }
        return capabilities.granularity
    }

    /// The suite's length of a part: small, so that few bytes make many parts.
    var chunk: Int64 {
        let capabilities = service.backend().capabilities
        guard case .numbered(let rules) = capabilities.parts else { return capabilities.granularity * 2 }
        return NumberedPartPlan.partSize(for: 0, wanted: 1, granularity: capabilities.granularity, rules: rules)
    }

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
    func expectArrived(_ upload: ConformanceUpload, _ returned: RemoteObject) async throws {
        let name = upload.object.key.text
        try expect(returned.size == upload.pattern.size, "\(name): the response says \(returned.size) bytes instead of \(upload.pattern.size)")
        try expect(
            returned.digest.map { $0 == upload.pattern.digest($0.algorithm) } ?? !service.traits.returnsDigest,
            "\(name): the response has another digest")
        let held = try await service.content(of: upload.object.key)
        try expect(held == upload.pattern.all, "\(name): the server holds other bytes than were sent")
    }
}
