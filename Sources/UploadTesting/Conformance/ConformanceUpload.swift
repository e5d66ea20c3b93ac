import UploadCore

/// Drives a backend through one upload part by part, as the engine does but without any waiting: what fails for a while is
/// followed by a probe, a session that is gone by a new one.
public struct ConformanceUpload: Sendable {
    public let backend: any UploadBackend
    public let pattern: BytePattern
    public let object: ObjectDescription
    public let plan: PartPlan
    public private(set) var session: UploadSession?
    public private(set) var confirmed: Int64 = 0

    /// No check causes more failures than this.
    private static let failuresMax = 20

    public init(_ backend: any UploadBackend, key: String, size: Int64, chunk: Int64, precondition: Precondition = .none) throws {
        self.backend = backend
        pattern = BytePattern(size: size, seed: UInt64(key.utf8.count) &+ UInt64(size))
        object = ObjectDescription(
            key: try backend.key(for: SpoolPath(key)), size: size, contentType: "application/x-test", precondition: precondition)
        plan = PartPlan(size: size, chunkSize: chunk)
    }

    /// Goes on with a session of an earlier run, of which nothing is known but its handle.
    init(continuing earlier: ConformanceUpload, with backend: any UploadBackend) {
        self.backend = backend
        pattern = earlier.pattern
        object = earlier.object
        plan = earlier.plan
        session = earlier.session
    }

    func put() async throws -> RemoteObject {
        try await backend.put(object, body: pattern.body, digest: pattern.digest)
    }

    mutating func begin() async throws {
        session = try await backend.begin(object)
        confirmed = 0
    }

    /// The session that `begin` opened.
    func opened() throws -> UploadSession {
        guard let session else { throw ConformanceFailure("no session is open") }
        return session
    }

    mutating func probe() async throws -> SessionProgress {
        let progress = try await backend.probe(opened(), of: object)
        if case .confirmed(let bytes) = progress { confirmed = bytes }
        return progress
    }

    mutating func sendNext() async throws -> SessionProgress {
        guard let part = plan.part(after: confirmed) else {
            return .committed(try await backend.commit(opened(), of: object, digest: pattern.digest))
        }
        return try await send(part, body: pattern.body(part.offset..<part.end))
    }

    mutating func send(_ part: Part, body: PartBody) async throws -> SessionProgress {
        let progress = try await backend.send(
            part, of: object, in: opened(), body: body, digest: part.isLast ? pattern.digest : nil)
        if case .confirmed(let bytes) = progress { confirmed = bytes }
        return progress
    }

    /// Goes on until the object is there.
    public mutating func finish() async throws -> RemoteObject {
        var failures = 0
        var mustProbe = session != nil
        while true {
            do {
                if session == nil { try await begin() }
                let progress = mustProbe ? try await probe() : try await sendNext()
                mustProbe = false
                if case .committed(let object) = progress { return object }
            } catch let error as UploadError where failures < Self.failuresMax {
                failures += 1
                switch error.disposition {
                case .transient: mustProbe = session != nil
                case .sessionGone: session = nil
                default: throw error
                }
            }
        }
    }
}
