import GRDB
import UploadCore

/// The checkpoint of one file: how its upload stands, as the database keeps it.
///
/// Times are milliseconds since 1970, but for `modified`, which is the file's own in nanoseconds.
public struct UploadRecord: Sendable, Equatable {
    public var file: FileID
    public var path: SpoolPath
    public var state: UploadState
    /// The content as it stood at the last close.
    public var content: Fingerprint
    /// Counts the changes of the content; what belongs to another generation is about other bytes.
    public var generation: Int64 = 1
    /// Somebody waits for it in close() or fsync().
    public var urgent = false
    /// When there is something to do; nil while there is nothing.
    public var runnableAt: Int64?
    public var priority = 0
    public var attempts = 0
    /// Failures in a row, without progress in between.
    public var failures = 0
    public var errorCode: UploadError.Code?
    public var error: String?
    /// Whether an attempt ended without the answer to a request that may have committed.
    public var answerMissing = false

    public var session: UploadSession?
    /// The key that the session fills; without a session, the key under which a request that has no answer yet may have made
    /// an object, whose checksum is then `checksum`.
    public var sessionKey: ObjectKey?
    /// Bytes of the session that the server confirmed, and the CRC-32C of them.
    public var confirmed: Int64 = 0
    public var confirmedCRC: UInt32 = 0
    /// What the backend chose to recognise the object by, before any request could make it.
    public var reservation: String?
    /// What the first contact found under the key.
    public var knowledge = RemoteKnowledge.unknown

    /// The object that this file has at the service; nil for none.
    public var remoteKey: ObjectKey?
    public var remoteVersion: String?
    /// The generation whose bytes that object holds.
    public var remoteGeneration: Int64?
    public var remoteID: String?
    public var etag: String?
    public var checksum: String?
    public var uploadedAt: Int64?

    public init(file: FileID, path: SpoolPath, state: UploadState, content: Fingerprint) {
        self.file = file
        self.path = path
        self.state = state
        self.content = content
    }

    /// Whether the file is held back or paused with content that has changed since its last close, and so may be a fragment.
    public var isFragment: Bool {
        (state == .held || state == .paused) && errorCode == .held
    }

    /// Whether the object at the service holds the present content, under whatever key.
    public var remoteIsCurrent: Bool {
        remoteKey != nil && remoteGeneration == generation
    }
}

extension UploadRecord {
    /// What an attempt to upload the file goes on from.
    public func checkpoint(receipts: [PartReceipt], knowledge: RemoteKnowledge) -> UploadCheckpoint {
        UploadCheckpoint(
            session: session, confirmed: confirmed, confirmedDigest: CRC32C(value: confirmedCRC), receipts: receipts,
            reservation: reservation, knowledge: knowledge, answerMissing: answerMissing)
    }

    /// What the service has of an unfinished upload does not count any more.
    public mutating func forgetSession() {
        session = nil
        sessionKey = nil
        confirmed = 0
        confirmedCRC = 0
    }
}

extension UploadRecord {
    private static let columnNames = [
        "file", "path", "state", "size", "modified", "generation", "urgent", "runnable_at", "priority", "attempts", "failures",
        "error_code", "error", "answer_missing", "session", "session_expires_at", "session_key", "confirmed", "confirmed_crc",
        "knowledge", "remote_key", "remote_version", "remote_generation", "remote_id", "etag", "checksum", "uploaded_at", "part_size", "reservation",
    ]

    /// The columns in the order in which `init(row:)` reads them and `arguments` writes them.
    static let columns = columnNames.joined(separator: ", ")

    private static let saveSQL = """
        INSERT OR REPLACE INTO uploads (\(columns)) VALUES (\(columnNames.map { _ in "?" }.joined(separator: ", ")))
        """

    func save(_ db: Database) throws {
        try db.cachedStatement(sql: Self.saveSQL).execute(arguments: arguments)
    }

    static func fetch(_ db: Database, _ file: FileID) throws -> UploadRecord? {
        try UploadRecord.fetchOne(
            db.cachedStatement(sql: "SELECT \(columns) FROM uploads WHERE file = ?"), arguments: [file.databaseNumber])
    }

    static func fetch(_ db: Database, path: SpoolPath) throws -> UploadRecord? {
        try UploadRecord.fetchOne(
            db.cachedStatement(sql: "SELECT \(columns) FROM uploads WHERE path = ?"), arguments: [path.databaseBytes])
    }

    private var arguments: StatementArguments {
        let remote: [(any DatabaseValueConvertible)?] = [
            remoteKey?.text, remoteVersion, remoteGeneration, remoteID, etag, checksum, uploadedAt, session?.partSize, reservation,
        ]
        let sessionValues: [(any DatabaseValueConvertible)?] = [
            session?.handle, session?.expiresAt.map(Milliseconds.of), sessionKey?.text, confirmed, Int64(confirmedCRC), knowledge.stored,
        ]
        let life: [(any DatabaseValueConvertible)?] = [
            file.databaseNumber, path.databaseBytes, state.rawValue, content.size, content.modified, generation, urgent, runnableAt,
            priority, attempts, failures, errorCode?.rawValue, error, answerMissing,
        ]
        return StatementArguments(life + sessionValues + remote)
    }
}

extension UploadRecord: FetchableRecord {
    public init(row: Row) throws {
        file = FileID(databaseNumber: row[0])
        path = SpoolPath(databaseBytes: row[1])
        // A word from a later version: the file is safe in the spool, so that asking its owner is the careful answer.
        state = UploadState(rawValue: row[2]) ?? .held
        content = Fingerprint(size: row[3], modified: row[4])
        generation = row[5]
        urgent = row[6]
        runnableAt = row[7]
        priority = row[8]
        attempts = row[9]
        failures = row[10]
        errorCode = (row[11] as String?).flatMap(UploadError.Code.init(rawValue:))
        error = row[12]
        answerMissing = row[13]
        let expiry: Int64? = row[15]
        session = (row[14] as String?).map { UploadSession(handle: $0, expiresAt: expiry.map(Milliseconds.date), partSize: row[27]) }
        sessionKey = (row[16] as String?).map(ObjectKey.init)
        confirmed = row[17]
        confirmedCRC = UInt32(truncatingIfNeeded: row[18] as Int64)
        knowledge = RemoteKnowledge(stored: row[19])
        remoteKey = (row[20] as String?).map(ObjectKey.init)
        remoteVersion = row[21]
        remoteGeneration = row[22]
        remoteID = row[23]
        etag = row[24]
        checksum = row[25]
        uploadedAt = row[26]
        reservation = row[28]
    }
}

extension FileID {
    /// SQLite's integers are signed; inode numbers keep their bits.
    var databaseNumber: Int64 { Int64(bitPattern: inode) }

    init(databaseNumber: Int64) {
        self.init(inode: UInt64(bitPattern: databaseNumber))
    }
}
