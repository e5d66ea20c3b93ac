import GRDB

/// The database's tables, by named migrations only: a migration that has been released is never edited.
enum Schema {
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
