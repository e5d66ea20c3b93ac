import NIOConcurrencyHelpers

/// The upload sessions, those of earlier runs included.
final class SessionStore<Intent: UploadIntent>: Sendable {
    private let layout: StorageLayout
    private let sessions: NIOLockedValueBox<[String: ServedSession<Intent>]>

    init(layout: StorageLayout) throws {
        self.layout = layout
        let directory = "\(layout.root)/sessions"
        let records = try Files.names(in: directory).filter { $0.hasSuffix(".json") }
            .map { try layout.load(SessionRecord<Intent>.self, from: "\(directory)/\($0)") }
        sessions = NIOLockedValueBox(Dictionary(uniqueKeysWithValues: records.map { ($0.id, ServedSession($0, layout: layout)) }))
    }

    subscript(id: String) -> ServedSession<Intent>? {
        sessions.withLockedValue { $0[id] }
    }

    var openCount: Int {
        sessions.withLockedValue { $0.values.count { $0.record.isOpen } }
    }

    func begin(_ intent: Intent, total: Int64?) throws -> ServedSession<Intent> {
        let record = SessionRecord(id: RandomID.make(), intent: intent, total: total)
        let session = ServedSession(record, layout: layout)
        try session.save()
        sessions.withLockedValue { $0[record.id] = session }
        return session
    }
}
