import Foundation
import GRDB
import UploadCore

/// The tables of earlier versions, and what they become.
enum FormerSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("uploads and remote tasks") { db in
            try db.execute(sql: uploads)
            try db.execute(sql: remoteTasks)
            try db.execute(sql: "CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID")
        }
        migrator.registerMigration("objects that may have appeared") { db in
            try db.execute(sql: "ALTER TABLE remote_tasks ADD COLUMN checksum TEXT")
        }
        migrator.registerMigration("numbered parts") { db in
            try db.execute(sql: "ALTER TABLE uploads ADD COLUMN part_size INTEGER")
            try db.execute(sql: "ALTER TABLE uploads ADD COLUMN reservation TEXT")
            try db.execute(sql: "ALTER TABLE remote_tasks ADD COLUMN reservation TEXT")
            try db.execute(sql: parts)
        }
        migrator.registerMigration("files that may change unseen") { db in
            try db.execute(sql: "CREATE TABLE unseen (file INTEGER PRIMARY KEY)")
        }
        migrator.registerMigration("digests of what is being uploaded") { db in
            try db.execute(
                sql: "CREATE TABLE source_digests (file INTEGER PRIMARY KEY, generation INTEGER NOT NULL, digest TEXT NOT NULL)")
        }
        migrator.registerMigration("sessions whose opening has no answer") { db in
            try db.execute(sql: "ALTER TABLE remote_tasks ADD COLUMN begun_from INTEGER")
            try db.execute(sql: "ALTER TABLE remote_tasks ADD COLUMN begun_until INTEGER")
            try db.execute(sql: "ALTER TABLE remote_tasks ADD COLUMN under_way INTEGER NOT NULL DEFAULT 0")
        }
        return migrator
    }

    private static let uploads = """
        CREATE TABLE uploads (
            file INTEGER PRIMARY KEY,
            path BLOB NOT NULL,
            state TEXT NOT NULL,
            size INTEGER NOT NULL,
            modified INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            urgent INTEGER NOT NULL,
            runnable_at INTEGER,
            priority INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            failures INTEGER NOT NULL,
            error_code TEXT,
            error TEXT,
            answer_missing INTEGER NOT NULL,
            session TEXT,
            session_expires_at INTEGER,
            session_key TEXT,
            confirmed INTEGER NOT NULL,
            confirmed_crc INTEGER NOT NULL,
            knowledge TEXT,
            remote_key TEXT,
            remote_version TEXT,
            remote_generation INTEGER,
            remote_id TEXT,
            etag TEXT,
            checksum TEXT,
            uploaded_at INTEGER
        );
        CREATE INDEX uploads_path ON uploads(path);
        -- Only what has work left is in these: an uploaded file costs the scheduler nothing.
        CREATE INDEX uploads_runnable ON uploads(priority DESC, runnable_at) WHERE runnable_at IS NOT NULL;
        CREATE INDEX uploads_next ON uploads(runnable_at) WHERE runnable_at IS NOT NULL;
        CREATE INDEX uploads_unfinished ON uploads(state) WHERE state <> 'uploaded';
        CREATE INDEX uploads_remote_key ON uploads(remote_key) WHERE remote_key IS NOT NULL;
        CREATE INDEX uploads_session_key ON uploads(session_key) WHERE session_key IS NOT NULL;
        """

    private static let parts = """
        CREATE TABLE parts (
            file INTEGER NOT NULL,
            number INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            offset INTEGER NOT NULL,
            length INTEGER NOT NULL,
            token TEXT NOT NULL,
            PRIMARY KEY (file, number)
        ) WITHOUT ROWID
        """

    private static let remoteTasks = """
        CREATE TABLE remote_tasks (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            key TEXT,
            version TEXT,
            session TEXT,
            runnable_at INTEGER NOT NULL,
            failures INTEGER NOT NULL DEFAULT 0,
            error TEXT
        );
        CREATE INDEX remote_tasks_key ON remote_tasks(key);
        CREATE INDEX remote_tasks_runnable ON remote_tasks(runnable_at);
        """
}

extension FormerSchema {
    /// Takes the rows over and drops the tables. A row that cannot be read is left out: the spool has its file, which the scan
    /// that is asked for then finds.
    static func convert(_ db: Database) throws {
        var isComplete = true
        let rows = try Stored<FormerUploadRow>.fetchCursor(
            db,
            sql: """
                SELECT file, path, state, size, modified, generation, urgent, runnable_at, priority, attempts, failures, error_code, error,
                    answer_missing, session, session_expires_at, part_size, session_key, confirmed, confirmed_crc, reservation, knowledge,
                    remote_key, remote_version, remote_generation, remote_id, etag, checksum, uploaded_at
                FROM uploads
                """)
        while let row = try rows.next() {
            if let upload = row.value {
                try UploadRow.save(upload, over: nil, smallMax: 8 << 20, db)
            } else {
                isComplete = false
            }
        }
        for row in try Stored<FormerTaskRow>.fetchAll(
            db, sql: "SELECT kind, key, version, session, checksum, reservation, begun_from, begun_until FROM remote_tasks")
        {
            if let work = row.value { try RemoteTaskRow.insert(RemoteTask(work, now: 0), db) }
        }
        if !isComplete { try db.execute(sql: "INSERT OR REPLACE INTO facts (name, value) VALUES ('scan', 'begun')") }
        try db.execute(sql: "DROP TABLE uploads; DROP TABLE remote_tasks")
    }

}

private enum FormerUploadRow: RowFormat {
    static func decode(_ reader: inout RowReader) throws(DamagedRow) -> FileUpload {
        let (file, path, state) = (FileID(databaseNumber: try reader.number()), try reader.path(), try reader.text())
        let size = try reader.number()
        let content = Fingerprint(size: size, modified: try reader.number())
        let (generation, isUrgent) = (try reader.number(), try reader.flag())
        let (runnableAt, priority, attempts, failures) = (try reader.numberIfAny(), try reader.number(), try reader.count(), try reader.count())
        let error = try reader.errorIfAny()
        guard size >= 0, generation > 0 else { throw DamagedRow() }
        // Held and paused rows told a fragment by an error code; a row that was being uploaded is one of a process that has ended.
        let isFragment = error?.code == .held
        let phase: FileUpload.Phase =
            switch state {
            case "open": .open
            case "held": isFragment ? .fragment : .temporary(until: .max)
            case "paused": isFragment ? .open : .ready(since: 0)
            case "waiting": .backingOff(until: runnableAt ?? 0, error ?? UploadError(.serverFault, "the upload failed"))
            case "failed": .failed(error ?? UploadError(.rejected, "the upload failed"))
            case "uploaded": .uploaded
            default: .ready(since: runnableAt ?? 0)
            }
        var upload = FileUpload(
            file: file, path: path, content: content, generation: generation, phase: phase, isPaused: state == "paused", isUrgent: isUrgent,
            priority: Int(min(max(priority, -10), 10)), attempts: attempts, failures: failures)
        let isAnswerMissing = try reader.flag()
        let (handle, expiry, partSize) = (try reader.textIfAny(), try reader.numberIfAny(), try reader.numberIfAny())
        let (key, confirmed, crc) = (try reader.textIfAny(), try reader.number(), try reader.number())
        let (reservation, knowledge) = (try reader.textIfAny(), try reader.textIfAny())
        if let key { upload.known = FileUpload.KnownKey(ObjectKey(key), RemoteKnowledge(stored: knowledge)) }
        let (objectKey, version, objectGeneration) = (try reader.textIfAny(), try reader.textIfAny(), try reader.numberIfAny())
        let (id, etag, checksum, uploadedAt) = (try reader.textIfAny(), try reader.textIfAny(), try reader.textIfAny(), try reader.numberIfAny())
        if let objectKey {
            var object = FileUpload.StoredObject(key: ObjectKey(objectKey), version: version, generation: objectGeneration)
            (object.id, object.etag, object.checksum, object.uploadedAt) = (id, etag, uploadedAt == nil ? nil : checksum, uploadedAt)
            upload.object = object
        }
        if let key, state != "uploaded" {
            let session = handle.map { UploadSession(handle: $0, expiresAt: expiry.map(Milliseconds.date), partSize: partSize) }
            var unfinished = FileUpload.UnfinishedUpload(key: ObjectKey(key), reservation: reservation, session: session)
            unfinished.confirmed = min(max(confirmed, 0), size)
            unfinished.confirmedCRC = UInt32(truncatingIfNeeded: crc)
            // Whether a request had left was not stored for one that a kill cut off.
            if isAnswerMissing || state == "uploading" { unfinished.pendingCommit = checksum }
            upload.unfinished = unfinished
        }
        return upload
    }

}

private enum FormerTaskRow: RowFormat {
    static func decode(_ reader: inout RowReader) throws(DamagedRow) -> RemoteTask.Work {
        let (kind, key, version, session) = (try reader.text(), try reader.textIfAny(), try reader.textIfAny(), try reader.textIfAny())
        let (checksum, reservation, from, until) = (
            try reader.textIfAny(), try reader.textIfAny(), try reader.numberIfAny(), try reader.numberIfAny()
        )
        switch (kind, key, session) {
        case ("abort", _, let handle?): return .abort(UploadSession(handle: handle, expiresAt: nil))
        case ("remove", let key?, _): return .remove(ObjectKey(key), version: version, path: nil)
        case ("remove unconfirmed", let key?, _):
            guard let checksum else { throw DamagedRow() }
            return .removeUnconfirmed(ObjectKey(key), checksum: checksum, reservation: reservation)
        case ("drop unanswered", let key?, _):
            guard let from else { throw DamagedRow() }
            return .dropOrphaned(SessionBegin(key: ObjectKey(key), from: Milliseconds.date(from), until: until.map(Milliseconds.date)))
        default: throw DamagedRow()
        }
    }
}
