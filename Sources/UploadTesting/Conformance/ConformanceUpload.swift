import UploadCore

/// Drives a backend through one upload part by part, as the engine does but without any waiting: what fails for a while is
/// followed by a probe, a session that is gone by a new one.
public struct ConformanceUpload: Sendable {
    public let backend: any UploadBackend
    public let pattern: BytePattern
    public private(set) var object: ObjectDescription
    /// Length of a part where the service does not say, in bytes.
    public let chunk: Int64
    public private(set) var session: UploadSession?
    /// Bytes that the server said it has.
    public private(set) var confirmed: Int64 = 0
    private var receipts: [Int: PartReceipt] = [:]

    /// No check causes more failures than this.
    private static let failuresMax = 20
    /// No service takes longer than this to put parts together.
    private static let commitsMax = 20

    public init(_ backend: any UploadBackend, key: String, size: Int64, chunk: Int64, precondition: Precondition = .none) throws {
        self.backend = backend
        self.chunk = chunk
        pattern = BytePattern(size: size, seed: UInt64(key.utf8.count) &+ UInt64(size))
        object = ObjectDescription(
            key: try backend.key(for: SpoolPath(key)), size: size, contentType: "application/x-test", modified: 1_700_000_000_000_000_000,
            precondition: precondition)
    }

    /// Goes on with a session of an earlier run, of which nothing is known but what a checkpoint keeps of it.
    init(continuing earlier: ConformanceUpload, with backend: any UploadBackend) {
        self.backend = backend
        pattern = earlier.pattern
        object = earlier.object
        chunk = earlier.chunk
        session = earlier.session
    }

    // MARK: Digests

    /// The digest by which the service vouches for the object.
    public var digest: ContentDigest { pattern.digest(backend.capabilities.digest) }

    private func digestOfBody(_ range: Range<Int64>) -> ContentDigest? {
        backend.capabilities.bodyDigest.map { pattern.digest($0, of: range) }
    }

    // MARK: Requests

    public mutating func put(claiming claimed: ContentDigest? = nil, body: PartBody? = nil) async throws -> RemoteObject {
        try await reserve()
        let isClaimed = claimed != nil && claimed?.algorithm == backend.capabilities.bodyDigest
        let bodyDigest = isClaimed ? claimed : digestOfBody(0..<pattern.size)
        return try await backend.put(object, body: body ?? pattern.body, digest: claimed ?? digest, bodyDigest: bodyDigest)
    }

    public mutating func begin() async throws {
        try await reserve()
        var opened = try await backend.begin(object)
        if case .numbered(let rules) = backend.capabilities.parts, opened.partSize == nil {
            opened.partSize = NumberedPartPlan.partSize(
                for: pattern.size, wanted: chunk, granularity: backend.capabilities.granularity, rules: rules)
        }
        session = opened
        confirmed = 0
        receipts = [:]
    }

    /// The session that `begin` opened.
    func opened() throws -> UploadSession {
        guard let session else { throw ConformanceFailure("no session is open") }
        return session
    }

    mutating func probe() async throws -> SessionProgress {
        let progress = try await backend.probe(opened(), of: object)
        if case .parts = progress { receipts = [:] }
        note(progress)
        return progress
    }

    /// How many bytes the server has, when it is asked.
    mutating func probedBytes() async throws -> Int64 {
        if case .committed(let object) = try await probe() { return object.size }
        return confirmed
    }

    /// What there is to send next, when the server has what it last said; nil when that is all.
    func nextPart() throws -> Part? {
        guard try opened().partSize != nil else {
            return PartPlan(size: pattern.size, partLength: chunk).part(after: confirmed)
        }
        return try opened().plan(of: pattern.size).parts.first { receipts[$0.number] == nil }
    }

    mutating func sendNext() async throws -> SessionProgress {
        guard let part = try nextPart() else { return try await commit() }
        return try await send(part, body: pattern.body(part.offset..<part.end))
    }

    mutating func send(_ part: Part, body: PartBody, claiming claimed: ContentDigest? = nil) async throws -> SessionProgress {
        let isNumbered = try opened().partSize != nil
        let due = isNumbered ? digestOfBody(part.offset..<part.end) : part.isLast ? digest : nil
        let progress = try await backend.send(part, of: object, in: opened(), body: body, digest: claimed ?? due)
        note(progress)
        return progress
    }

    mutating func commit(claiming claimed: ContentDigest? = nil) async throws -> SessionProgress {
        let parts = receipts.values.sorted { $0.number < $1.number }
        return try await backend.commit(opened(), of: object, parts: parts, digest: claimed ?? digest)
    }

    private mutating func note(_ progress: SessionProgress) {
        switch progress {
        case .confirmed(let bytes): confirmed = bytes
        case .parts(let parts):
            for receipt in parts { receipts[receipt.number] = receipt }
            confirmed = receipts.values.reduce(0) { $0 + $1.length }
        case .committing, .committed: break
        }
    }

    private mutating func reserve() async throws {
        if object.reservation == nil { object.reservation = try await backend.reserve(object) }
    }

    // MARK: To the end

    /// Goes on until the object is there.
    public mutating func finish() async throws -> RemoteObject {
        var failures = 0
        var commits = 0
        var mustProbe = session != nil
        while true {
            do {
                if session == nil { try await begin() }
                let progress = mustProbe ? try await probe() : try await sendNext()
                mustProbe = false
                switch progress {
                case .committed(let object): return object
                case .committing:
                    commits += 1
                    guard commits < Self.commitsMax else { throw ConformanceFailure("the parts are never put together") }
                    try await Task.sleep(for: .milliseconds(50))
                case .confirmed, .parts: break
                }
            } catch let error as UploadError where failures < Self.failuresMax {
                failures += 1
                switch error.disposition {
                case .transient: mustProbe = session != nil
                case .sessionGone:
                    if let found = try await afterLoss() { return found }
                    session = nil
                default: throw error
                }
            }
        }
    }

    /// The object, where the service forgot the session because it made the object from it.
    private func afterLoss() async throws -> RemoteObject? {
        guard let found = try await backend.find(object.key), found.size == pattern.size else { return nil }
        if let digest = found.digest { return digest == pattern.digest(digest.algorithm) ? found : nil }
        return found.reservation != nil && found.reservation == object.reservation ? found : nil
    }
}
