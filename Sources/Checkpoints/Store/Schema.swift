import Foundation
import GRDB
import UploadCore

/// The database's tables, by named migrations only: a migration that has been released is never edited.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = FormerSchema.migrator
        migrator.registerMigration("the life of an upload is one value") { db in
            try db.execute(sql: uploads)
            try db.execute(sql: remoteWork)
            try db.execute(sql: totals)
            try FormerSchema.convert(db)
            try UploadRow.recount(db)
        }
        // The conversion of former rows needs the columns that came later, so the tables above have them; databases that were made
        // before have not.
        migrator.registerMigration("reservations of objects") { try add("object_reservation", "TEXT", to: "file_uploads", $0) }
        migrator.registerMigration("checksums of rows") { db in
            for table in ["file_uploads", "remote_work", "directory_totals", "facts"] { try add("row_checksum", "INTEGER", to: table, db) }
        }
        // What was known before was not known of which key, and is asked for again.
        migrator.registerMigration("keys of what is known") { try add("known_key", "TEXT", to: "file_uploads", $0) }
        return migrator
    }

    private static func add(_ column: String, _ type: String, to table: String, _ db: Database) throws {
        guard try !db.columns(in: table).contains(where: { $0.name == column }) else { return }
        try db.execute(sql: "ALTER TABLE \(table) ADD COLUMN \(column) \(type)")
    }

    private static let uploads = """
        CREATE TABLE file_uploads (
            file INTEGER PRIMARY KEY,
            path BLOB NOT NULL,
            phase TEXT NOT NULL,
            until INTEGER,
            error_code TEXT,
            error TEXT,
            is_paused INTEGER NOT NULL,
            is_urgent INTEGER NOT NULL,
            priority INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            failures INTEGER NOT NULL,
            size INTEGER NOT NULL,
            modified INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            known_key TEXT,
            knowledge TEXT,
            unfinished_key TEXT,
            reservation TEXT,
            session TEXT,
            session_expires_at INTEGER,
            part_size INTEGER,
            confirmed INTEGER,
            confirmed_crc INTEGER,
            pending_commit TEXT,
            object_key TEXT,
            object_version TEXT,
            object_generation INTEGER,
            object_id TEXT,
            etag TEXT,
            checksum TEXT,
            object_reservation TEXT,
            uploaded_at INTEGER,
            row_checksum INTEGER,
            -- These follow from the others.
            runnable_at INTEGER,
            is_small INTEGER NOT NULL,
            state TEXT NOT NULL
        );
        CREATE INDEX file_uploads_path ON file_uploads(path);
        -- Only what has work left is in these: an uploaded file costs the scheduler nothing.
        CREATE INDEX file_uploads_runnable ON file_uploads(is_small, priority, runnable_at) WHERE runnable_at IS NOT NULL;
        CREATE INDEX file_uploads_next ON file_uploads(runnable_at) WHERE runnable_at IS NOT NULL;
        CREATE INDEX file_uploads_unfinished ON file_uploads(state, path) WHERE state <> 'uploaded';
        CREATE INDEX file_uploads_object_key ON file_uploads(object_key) WHERE object_key IS NOT NULL;
        CREATE INDEX file_uploads_unfinished_key ON file_uploads(unfinished_key) WHERE unfinished_key IS NOT NULL;
        """

    /// A task without `runnable_at` cleans up after a request that is under way.
    private static let remoteWork = """
        CREATE TABLE remote_work (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            key TEXT,
            version TEXT,
            path BLOB,
            session TEXT,
            checksum TEXT,
            reservation TEXT,
            begun_from INTEGER,
            begun_until INTEGER,
            runnable_at INTEGER,
            failures INTEGER NOT NULL,
            looks INTEGER NOT NULL,
            error_code TEXT,
            error TEXT,
            row_checksum INTEGER,
            -- These follow from the others.
            is_awaited INTEGER NOT NULL,
            occupies_key INTEGER NOT NULL
        );
        CREATE INDEX remote_work_key ON remote_work(key) WHERE key IS NOT NULL;
        CREATE INDEX remote_work_path ON remote_work(path) WHERE path IS NOT NULL;
        CREATE INDEX remote_work_runnable ON remote_work(runnable_at) WHERE runnable_at IS NOT NULL;
        CREATE INDEX remote_work_awaited ON remote_work(is_awaited) WHERE is_awaited;
        CREATE INDEX remote_work_refused ON remote_work(id) WHERE is_awaited AND error_code IS NOT NULL;
        """

    private static let totals = """
        CREATE TABLE directory_totals (
            directory BLOB NOT NULL,
            bucket TEXT NOT NULL,
            files INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            confirmed INTEGER NOT NULL,
            row_checksum INTEGER,
            PRIMARY KEY (directory, bucket)
        ) WITHOUT ROWID
        """
}
