/// All of an upload session that outlives the server.
struct SessionRecord: Sendable, Codable {
    enum State: Sendable, Codable {
        case open
        case completed(ObjectRecord)
        case cancelled
        /// Requests get this status, 404 or 410.
        case lost(Int)
    }

    let id: String
    let name: ObjectName
    var metadata: ObjectMetadata
    let preconditions: Preconditions
    /// The length of the object, as soon as the client has told it.
    var total: Int64?
    /// Covers exactly the bytes that the session has kept, except while a part is being received.
    var checksum = RunningCRC32C()
    var state = State.open

    var isOpen: Bool { if case .open = state { true } else { false } }

    init(id: String, name: ObjectName, metadata: ObjectMetadata, preconditions: Preconditions, total: Int64?) {
        self.id = id
        self.name = name
        self.metadata = metadata
        self.preconditions = preconditions
        self.total = total
    }
}
