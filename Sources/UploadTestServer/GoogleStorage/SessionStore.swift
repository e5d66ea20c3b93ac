import NIOConcurrencyHelpers

/// The upload sessions, those of earlier runs included.
final class SessionStore: Sendable {
    private let layout: StorageLayout
    private let sessions: NIOLockedValueBox<[String: UploadSession]>

    init(layout: StorageLayout) throws {
        self.layout = layout
        let directory = "\(layout.root)/sessions"
        let records = try Files.names(in: directory).filter { $0.hasSuffix(".json") }
            .map { try layout.load(SessionRecord.self, from: "\(directory)/\($0)") }
        sessions = NIOLockedValueBox(Dictionary(uniqueKeysWithValues: records.map { ($0.id, UploadSession($0, layout: layout)) }))
    }

    subscript(id: String) -> UploadSession? {
        sessions.withLockedValue { $0[id] }
    }

    var openCount: Int {
        sessions.withLockedValue { $0.values.count { $0.record.isOpen } }
    }

    func begin(_ name: ObjectName, _ metadata: ObjectMetadata, _ preconditions: Preconditions, total: Int64?) throws -> UploadSession {
        let record = SessionRecord(id: Self.randomID(), name: name, metadata: metadata, preconditions: preconditions, total: total)
        let session = UploadSession(record, layout: layout)
        try session.save()
        sessions.withLockedValue { $0[record.id] = session }
        return session
    }

    /// 256 random bits: whoever knows the id may add to the object.
    private static func randomID() -> String {
        (0..<4).map { _ in
            let digits = String(UInt64.random(in: 0 ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
