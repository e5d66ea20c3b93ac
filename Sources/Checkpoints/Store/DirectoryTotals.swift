import Foundation
import GRDB
import UploadCore

/// What the files below a directory come to, by state: stored for each directory in the transactions that change the files, so
/// that a question costs the same however many there are.
public struct DirectoryTotals: Sendable, Equatable {
    public struct Sum: Sendable, Equatable {
        public var files: Int64 = 0
        public var bytes: Int64 = 0
        public var confirmed: Int64 = 0

        var isEmpty: Bool { self == Sum() }

        /// Sizes come from files, of which sparse ones can be as large as numbers go: the sums wrap around and come back.
        mutating func add(_ other: Sum) {
            files &+= other.files
            bytes &+= other.bytes
            confirmed &+= other.confirmed
        }

        var negated: Sum { Sum(files: 0 &- files, bytes: 0 &- bytes, confirmed: 0 &- confirmed) }
    }

    public internal(set) var sums: [UploadState: Sum] = [:]
    /// Those of the waiting ones that will not be uploaded unless someone gives them permission or room.
    public internal(set) var refused: Int64 = 0
}

/// The changes of one transaction to the sums of directories.
struct TotalsChange {
    /// A state, or a condition that is counted beside the states.
    private struct Key: Hashable {
        let directory: SpoolPath
        let bucket: String
    }

    static let refusedBucket = "refused"

    private var changes: [Key: DirectoryTotals.Sum] = [:]

    mutating func add(_ upload: FileUpload) {
        change(upload, DirectoryTotals.Sum(files: 1, bytes: upload.content.size, confirmed: upload.confirmed))
    }

    mutating func remove(_ upload: FileUpload) {
        change(upload, DirectoryTotals.Sum(files: 1, bytes: upload.content.size, confirmed: upload.confirmed).negated)
    }

    private mutating func change(_ upload: FileUpload, _ sum: DirectoryTotals.Sum) {
        var directory = upload.path
        repeat {
            directory = directory.parent
            changes[Key(directory: directory, bucket: upload.state.rawValue), default: DirectoryTotals.Sum()].add(sum)
            if upload.isRefused { changes[Key(directory: directory, bucket: Self.refusedBucket), default: DirectoryTotals.Sum()].add(sum) }
        } while !directory.isRoot
    }

    /// - Returns: whether what was stored is whole; if not, everything is to be counted again.
    mutating func store(_ db: Database) throws -> Bool {
        var isWhole = true
        for (key, change) in changes where !change.isEmpty {
            let (directory, bucket) = (key.directory.databaseBytes, key.bucket)
            // Added here and not in SQL, whose sums become floating-point numbers where they overflow.
            let row = try Stored<TotalsRow>.fetchOne(
                db.cachedStatement(sql: "SELECT \(TotalsRow.columns) FROM directory_totals WHERE directory = ? AND bucket = ?"),
                arguments: [directory, bucket])
            if let row, row.value == nil { isWhole = false }
            var sum = row?.value?.sum ?? DirectoryTotals.Sum()
            sum.add(change)
            if sum.files <= 0 {
                try db.cachedStatement(sql: "DELETE FROM directory_totals WHERE directory = ? AND bucket = ?").execute(arguments: [directory, bucket])
            } else {
                try TotalsRow.save(sum, directory, bucket, db)
            }
        }
        changes.removeAll(keepingCapacity: true)
        return isWhole
    }
}

private enum TotalsRow: RowFormat {
    static let columns = "directory, bucket, files, bytes, confirmed, row_checksum"

    static func save(_ sum: DirectoryTotals.Sum, _ directory: Data, _ bucket: String, _ db: Database) throws {
        let values = [
            directory.databaseValue, bucket.databaseValue, sum.files.databaseValue, sum.bytes.databaseValue, sum.confirmed.databaseValue,
        ]
        try db.cachedStatement(sql: "INSERT OR REPLACE INTO directory_totals (\(columns)) VALUES (?, ?, ?, ?, ?, ?)")
            .execute(binding: values + [RowChecksum(values).value])
    }

    static func decode(_ reader: inout RowReader) throws(DamagedRow) -> (bucket: String, sum: DirectoryTotals.Sum) {
        _ = try reader.pathIfAny()
        let bucket = try reader.text()
        let sum = DirectoryTotals.Sum(files: try reader.number(), bytes: try reader.number(), confirmed: try reader.number())
        try reader.verify()
        return (bucket, sum)
    }
}

extension FileUpload {
    /// Whether it waits for something that it will not get without help.
    public var isRefused: Bool {
        guard !isPaused, case .backingOff(_, let error) = phase else { return false }
        return [.credentials, .quota].contains(error.disposition)
    }
}

extension CheckpointStore {
    public func totals(below directory: SpoolPath) throws -> DirectoryTotals {
        if let totals = try storedTotals(below: directory) { return totals }
        try write { try $0.setFact(UploadTransaction.totalsFact, "stale") }
        try recountIfStale()
        return try storedTotals(below: directory) ?? DirectoryTotals()
    }

    /// - Returns: nil if they are damaged.
    private func storedTotals(below directory: SpoolPath) throws -> DirectoryTotals? {
        try read { db in
            var totals = DirectoryTotals()
            for row in try Stored<TotalsRow>.fetchAll(
                db.cachedStatement(sql: "SELECT \(TotalsRow.columns) FROM directory_totals WHERE directory = ?"),
                arguments: [directory.databaseBytes])
            {
                guard let (bucket, sum) = row.value else { return nil }
                if let state = UploadState(rawValue: bucket) {
                    totals.sums[state] = sum
                } else if bucket == TotalsChange.refusedBucket {
                    totals.refused = sum.files
                }
            }
            return totals
        }
    }

    /// Counts everything again, if what is stored cannot be trusted: after rows were lost.
    public func recountIfStale() throws {
        guard try fact(UploadTransaction.totalsFact) != nil else { return }
        try write(durable: true) { transaction in
            try transaction.db.execute(sql: "DELETE FROM directory_totals")
            try UploadRow.recount(transaction.db)
            try transaction.setFact(UploadTransaction.totalsFact, nil)
        }
    }
}

extension UploadRow {
    static func recount(_ db: Database) throws {
        var totals = TotalsChange()
        var count = 0
        let rows = try Stored<UploadRow>.fetchCursor(db, sql: "SELECT \(columns) FROM file_uploads")
        while let row = try rows.next() {
            guard let upload = row.value else { continue }
            totals.add(upload)
            count += 1
            if count % 10_000 == 0 { _ = try totals.store(db) }
        }
        _ = try totals.store(db)
    }
}
