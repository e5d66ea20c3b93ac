/// All of an upload session that outlives the server.
struct SessionRecord<Intent: UploadIntent>: Sendable, Codable {
    let id: String
    let intent: Intent
    /// The length of the object, as soon as the client has told it.
    var total: Int64?
    /// Covers exactly the bytes that the session has kept, except while a part is being received.
    var checksum = RunningCRC32C()
    var state = SessionState.open

    var isOpen: Bool { if case .open = state { true } else { false } }

    init(id: String, intent: Intent, total: Int64?) {
        self.id = id
        self.intent = intent
        self.total = total
    }
}

enum SessionState: Sendable, Codable {
    case open
    case completed(ObjectRecord)
    case cancelled
    /// Requests get this status, 404 or 410.
    case lost(Int)
}
