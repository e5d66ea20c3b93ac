import Foundation
import GRDB
import UploadCore

/// How a `FileUpload` is stored: a column for each of its fields, their checksum, and behind it three that follow from them and are
/// there to be searched by.
enum UploadRow: RowFormat {
    private static let columnNames = [
        "file", "path", "phase", "until", "error_code", "error", "is_paused", "is_urgent", "priority", "attempts", "failures", "size", "modified",
        "generation", "known_key", "knowledge", "unfinished_key", "reservation", "session", "session_expires_at", "part_size", "confirmed",
        "confirmed_crc",
        "pending_commit", "object_key", "object_version", "object_generation", "object_id", "etag", "checksum", "object_reservation", "uploaded_at",
        "row_checksum", "runnable_at", "is_small", "state",
    ]

    static let columns = columnNames.joined(separator: ", ")

    private static let insertSQL =
        "INSERT OR REPLACE INTO file_uploads (\(columns)) VALUES (\(columnNames.map { _ in "?" }.joined(separator: ", ")))"

    /// Writes what differs from `old`: an index costs only those changes that concern it.
    static func save(_ upload: FileUpload, over old: FileUpload?, smallMax: Int64, _ db: Database) throws {
        let new = values(of: upload, smallMax: smallMax)
        guard let old else {
            return try db.cachedStatement(sql: insertSQL).execute(binding: new)
        }
        let former = values(of: old, smallMax: smallMax)
        let changed = new.indices.filter { new[$0] != former[$0] }
        if changed.isEmpty { return }
        let assignments = changed.map { "\(columnNames[$0]) = ?" }.joined(separator: ", ")
        try db.cachedStatement(sql: "UPDATE file_uploads SET \(assignments) WHERE file = ?").execute(binding: changed.map { new[$0] } + [new[0]])
    }

    private static func values(of upload: FileUpload, smallMax: Int64) -> [DatabaseValue] {
        let (phase, until, error) = word(of: upload.phase)
        let unfinished = upload.unfinished
        let object = upload.object
        // Each value by its own type: an array of existentials takes longer to make than the row to store.
        var values = [
            value(upload.file.databaseNumber), value(upload.path.databaseBytes), value(phase), value(until), value(error?.code.rawValue),
            value(error?.sentence), value(upload.isPaused), value(upload.isUrgent), value(upload.priority), value(upload.attempts),
            value(upload.failures), value(upload.content.size), value(upload.content.modified), value(upload.generation),
            value(upload.known?.key.text), value(upload.known?.knowledge.stored), value(unfinished?.key.text), value(unfinished?.reservation),
            value(unfinished?.session?.handle),
            value(unfinished?.session?.expiresAt.map(Milliseconds.of)), value(unfinished?.session?.partSize), value(unfinished?.confirmed),
            value(unfinished.map { Int64($0.confirmedCRC) }), value(unfinished?.pendingCommit), value(object?.key.text), value(object?.version),
            value(object?.generation), value(object?.id), value(object?.etag), value(object?.checksum), value(object?.reservation),
            value(object?.uploadedAt),
        ]
        values.reserveCapacity(columnNames.count)
        values += [RowChecksum(values).value, value(upload.runnableAt), value(upload.content.size <= smallMax), value(upload.state.rawValue)]
        return values
    }

    @inline(__always)
    private static func value(_ value: (some DatabaseValueConvertible)?) -> DatabaseValue {
        value?.databaseValue ?? .null
    }

    static func decode(_ reader: inout RowReader) throws(DamagedRow) -> FileUpload {
        let file = FileID(databaseNumber: try reader.number())
        let path = try reader.path()
        let phase = try phase(of: try reader.text(), until: try reader.numberIfAny(), error: try reader.errorIfAny())
        let (isPaused, isUrgent) = (try reader.flag(), try reader.flag())
        let (priority, attempts, failures) = (try reader.number(), try reader.count(), try reader.count())
        let size = try reader.number()
        let content = Fingerprint(size: size, modified: try reader.number())
        let generation = try reader.number()
        guard size >= 0, (-10...10).contains(priority), generation > 0 else { throw DamagedRow() }
        let upload = FileUpload(
            file: file, path: path, content: content, generation: generation, phase: phase, isPaused: isPaused, isUrgent: isUrgent,
            priority: Int(priority), attempts: attempts, failures: failures, known: try known(&reader),
            unfinished: try unfinished(&reader, size: size), object: try object(&reader))
        try reader.verify()
        return upload
    }

    private static func known(_ reader: inout RowReader) throws(DamagedRow) -> FileUpload.KnownKey? {
        let (key, knowledge) = (try reader.textIfAny(), try reader.textIfAny())
        return key.map { FileUpload.KnownKey(ObjectKey($0), RemoteKnowledge(stored: knowledge)) }
    }

    private static func unfinished(_ reader: inout RowReader, size: Int64) throws(DamagedRow) -> FileUpload.UnfinishedUpload? {
        let (key, reservation) = (try reader.textIfAny(), try reader.textIfAny())
        let (handle, expiry, partSize) = (try reader.textIfAny(), try reader.numberIfAny(), try reader.numberIfAny())
        let (confirmed, crc, pending) = (try reader.numberIfAny(), try reader.numberIfAny(), try reader.textIfAny())
        guard let key else { return nil }
        let session = handle.map { UploadSession(handle: $0, expiresAt: expiry.map(Milliseconds.date), partSize: partSize) }
        var unfinished = FileUpload.UnfinishedUpload(key: ObjectKey(key), reservation: reservation, session: session)
        guard let crc = UInt32(exactly: crc ?? 0), (0...size).contains(confirmed ?? 0) else { throw DamagedRow() }
        unfinished.confirmed = confirmed ?? 0
        unfinished.confirmedCRC = crc
        unfinished.pendingCommit = pending
        return unfinished
    }

    private static func object(_ reader: inout RowReader) throws(DamagedRow) -> FileUpload.StoredObject? {
        let (key, version, generation) = (try reader.textIfAny(), try reader.textIfAny(), try reader.numberIfAny())
        let (id, etag, checksum) = (try reader.textIfAny(), try reader.textIfAny(), try reader.textIfAny())
        let (reservation, uploadedAt) = (try reader.textIfAny(), try reader.numberIfAny())
        guard let key else { return nil }
        var object = FileUpload.StoredObject(key: ObjectKey(key), version: version, generation: generation)
        object.id = id
        object.etag = etag
        object.checksum = checksum
        object.reservation = reservation
        object.uploadedAt = uploadedAt
        return object
    }

    // MARK: Phases

    private static func word(of phase: FileUpload.Phase) -> (word: String, until: Int64?, error: UploadError?) {
        switch phase {
        case .open: ("open", nil, nil)
        case .fragment: ("fragment", nil, nil)
        case .temporary(let until): ("temporary", until, nil)
        case .settling(let until): ("settling", until, nil)
        case .ready(let since): ("ready", since, nil)
        case .sending: ("sending", nil, nil)
        case .backingOff(let until, let error): ("backing off", until, error)
        case .failed(let error): ("failed", nil, error)
        case .uploaded: ("uploaded", nil, nil)
        }
    }

    private static func phase(of word: String, until: Int64?, error: UploadError?) throws(DamagedRow) -> FileUpload.Phase {
        switch (word, until, error) {
        case ("open", _, _): return .open
        case ("fragment", _, _): return .fragment
        case ("temporary", let until?, _): return .temporary(until: until)
        case ("settling", let until?, _): return .settling(until: until)
        case ("ready", let since?, _): return .ready(since: since)
        case ("sending", _, _): return .sending
        case ("backing off", let until?, let error?): return .backingOff(until: until, error)
        case ("failed", _, let error?): return .failed(error)
        case ("uploaded", _, _): return .uploaded
        default: throw DamagedRow()
        }
    }
}
