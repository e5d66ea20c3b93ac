import NIOConcurrencyHelpers

/// The upload sessions, those of earlier runs included.
final class BoxSessionStore: Sendable {
    private let layout: StorageLayout
    private let sessions: NIOLockedValueBox<[String: BoxSession]>

    init(layout: StorageLayout) throws {
        self.layout = layout
        let directory = "\(layout.root)/sessions"
        let records = try Files.names(in: directory).filter { $0.hasSuffix(".json") }
            .map { try layout.load(BoxSessionRecord.self, from: "\(directory)/\($0)") }
        sessions = NIOLockedValueBox(Dictionary(uniqueKeysWithValues: records.map { ($0.id, BoxSession($0, layout: layout)) }))
    }

    subscript(id: String) -> BoxSession? {
        sessions.withLockedValue { $0[id] }
    }

    var openCount: Int {
        sessions.withLockedValue { $0.values.count { $0.record.isOpen } }
    }

    func add(_ record: BoxSessionRecord) throws {
        let session = BoxSession(record, layout: layout)
        try session.save()
        sessions.withLockedValue { $0[record.id] = session }
    }

    func remove(_ session: BoxSession) throws {
        sessions.withLockedValue { $0[session.id] = nil }
        try session.remove()
    }
}
