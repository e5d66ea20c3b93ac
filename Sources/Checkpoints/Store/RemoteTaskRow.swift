import Foundation
import GRDB
import UploadCore

/// How a `RemoteTask` is stored: a column for each field of its kinds, the checksum of what it is about, and two that follow from it
/// and are there to be searched by.
enum RemoteTaskRow: RowFormat {
    private static let columnNames = [
        "id", "kind", "key", "version", "path", "session", "checksum", "reservation", "begun_from", "begun_until", "runnable_at", "failures", "looks",
        "error_code", "error", "row_checksum", "is_awaited", "occupies_key",
    ]

    static let columns = columnNames.joined(separator: ", ")

    static func insert(_ task: RemoteTask, _ db: Database) throws {
        let names = columnNames.dropFirst()
        try db.cachedStatement(
            sql: "INSERT INTO remote_work (\(names.joined(separator: ", "))) VALUES (\(names.map { _ in "?" }.joined(separator: ", ")))"
        ).execute(binding: values(of: task))
    }

    static func update(_ task: RemoteTask, _ db: Database) throws {
        let assignments = columnNames.dropFirst().map { "\($0) = ?" }.joined(separator: ", ")
        try db.cachedStatement(sql: "UPDATE remote_work SET \(assignments) WHERE id = ?")
            .execute(binding: values(of: task) + [task.id.databaseValue])
    }

    private static func values(of task: RemoteTask) -> [DatabaseValue] {
        var kind = ""
        var (key, version, path, session): (String?, String?, Data?, String?)
        var (checksum, reservation, from, until): (String?, String?, Int64?, Int64?)
        switch task.work {
        case .abort(let aborted): (kind, session) = ("abort", aborted.handle)
        case .remove(let object, let of, let at): (kind, key, version, path) = ("remove", object.text, of, at?.databaseBytes)
        case .discard(let object, let of): (kind, key, version) = ("discard", object.text, of)
        case .removeUnconfirmed(let object, let sum, let chosen):
            (kind, key, checksum, reservation) = ("remove unconfirmed", object.text, sum, chosen)
        case .dropOrphaned(let begin):
            (kind, key, from, until) = ("drop orphaned", begin.key.text, Milliseconds.of(begin.from), begin.until.map(Milliseconds.of))
        }
        let values: [(any DatabaseValueConvertible)?] = [
            kind, key, version, path, session, checksum, reservation, from, until, task.runnableAt, task.failures, task.looks,
            task.error?.code.rawValue, task.error?.sentence,
        ]
        let stored = values.map { $0?.databaseValue ?? .null }
        return stored + [RowChecksum(stored).value, task.isAwaited.databaseValue, task.occupiesKey.databaseValue]
    }

    static func decode(_ reader: inout RowReader) throws(DamagedRow) -> RemoteTask {
        let id = try reader.number()
        // A new row is given its id by the database.
        reader.restartChecksum()
        let (kind, key, version, path) = (try reader.text(), try reader.textIfAny(), try reader.textIfAny(), try reader.pathIfAny())
        let (session, checksum, reservation) = (try reader.textIfAny(), try reader.textIfAny(), try reader.textIfAny())
        let (from, until) = (try reader.numberIfAny(), try reader.numberIfAny())
        let work: RemoteTask.Work
        switch (kind, key, session) {
        case ("abort", _, let handle?): work = .abort(UploadSession(handle: handle, expiresAt: nil))
        case ("remove", let key?, _): work = .remove(ObjectKey(key), version: version, path: path)
        case ("discard", let key?, _): work = .discard(ObjectKey(key), version: version)
        case ("remove unconfirmed", let key?, _):
            guard let checksum else { throw DamagedRow() }
            work = .removeUnconfirmed(ObjectKey(key), checksum: checksum, reservation: reservation)
        case ("drop orphaned", let key?, _):
            guard let from else { throw DamagedRow() }
            work = .dropOrphaned(SessionBegin(key: ObjectKey(key), from: Milliseconds.date(from), until: until.map(Milliseconds.date)))
        default: throw DamagedRow()
        }
        let task = RemoteTask(
            id: id, work: work, runnableAt: try reader.numberIfAny(), failures: try reader.count(), looks: try reader.count(),
            error: try reader.errorIfAny())
        try reader.verify()
        return task
    }
}
