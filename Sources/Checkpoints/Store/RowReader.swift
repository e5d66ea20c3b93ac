import Foundation
import GRDB
import GRDBSQLite
import UploadCore

/// A row that does not hold what it should.
struct DamagedRow: Error {}

/// Columns that a query names, and what they stand for.
protocol RowFormat {
    associatedtype Value
    static func decode(_ reader: inout RowReader) throws(DamagedRow) -> Value
}

/// What a row of a query holds, decoded while SQLite stands on the row.
///
/// GRDB's own `Row` copies each row and makes a dictionary of its column names, which for a table of thirty columns costs more than
/// the query. The first column must not be NULL.
struct Stored<Format: RowFormat>: DatabaseValueConvertible, StatementColumnConvertible {
    /// nil for a damaged row.
    let value: Format.Value?
    /// The first columns as they are, to find a damaged row by.
    let firstColumns: (DatabaseValue, DatabaseValue)?

    init?(sqliteStatement: SQLiteStatement, index: CInt) {
        var reader = RowReader(sqliteStatement, at: index)
        do throws(DamagedRow) {
            value = try Format.decode(&reader)
            firstColumns = nil
        } catch {
            value = nil
            firstColumns = (
                DatabaseValue(sqliteStatement: sqliteStatement, index: index), DatabaseValue(sqliteStatement: sqliteStatement, index: index + 1)
            )
        }
    }

    // A row is no value of a column; GRDB reads it by the statement alone.
    var databaseValue: DatabaseValue { .null }
    static func fromDatabaseValue(_ value: DatabaseValue) -> Stored<Format>? { nil }
}

/// Reads a row's columns in their order. Any column may hold any value: what does not fit is a damaged row, and never a trap.
struct RowReader {
    private let statement: SQLiteStatement
    private var index: CInt
    private var checksum = RowChecksum()

    init(_ statement: SQLiteStatement, at index: CInt) {
        self.statement = statement
        self.index = index
    }

    private mutating func next() -> DatabaseValue {
        defer { index += 1 }
        let value = column(index)
        checksum.add(value)
        return value
    }

    private func column(_ index: CInt) -> DatabaseValue {
        // SQLite returns NULL for a column that the query does not name. GRDB would end a text at its first NUL.
        guard sqlite3_column_type(statement, index) == SQLITE_TEXT, let text = sqlite3_column_text(statement, index) else {
            return DatabaseValue(sqliteStatement: statement, index: index)
        }
        let bytes = UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(statement, index)))
        return String(decoding: bytes, as: UTF8.self).databaseValue
    }

    /// Compares the next column with the values before it. Rows that an earlier version wrote have no checksum.
    mutating func verify() throws(DamagedRow) {
        let expected = checksum.value
        let stored = next()
        guard stored == expected || stored.isNull else { throw DamagedRow() }
    }

    /// Leaves the columns read so far out of what `verify` compares.
    mutating func restartChecksum() {
        checksum = RowChecksum()
    }

    mutating func numberIfAny() throws(DamagedRow) -> Int64? {
        switch next().storage {
        case .null: return nil
        case .int64(let number): return number
        default: throw DamagedRow()
        }
    }

    mutating func textIfAny() throws(DamagedRow) -> String? {
        switch next().storage {
        case .null: return nil
        case .string(let text): return text
        default: throw DamagedRow()
        }
    }

    mutating func number() throws(DamagedRow) -> Int64 {
        guard let number = try numberIfAny() else { throw DamagedRow() }
        return number
    }

    mutating func text() throws(DamagedRow) -> String {
        guard let text = try textIfAny() else { throw DamagedRow() }
        return text
    }

    /// A number that counts something.
    mutating func count() throws(DamagedRow) -> Int {
        guard let count = Int(exactly: try number()), count >= 0 else { throw DamagedRow() }
        return count
    }

    mutating func flag() throws(DamagedRow) -> Bool { try number() != 0 }

    mutating func path() throws(DamagedRow) -> SpoolPath {
        guard let path = try pathIfAny() else { throw DamagedRow() }
        return path
    }

    mutating func pathIfAny() throws(DamagedRow) -> SpoolPath? {
        switch next().storage {
        case .null: return nil
        case .blob(let bytes): return SpoolPath(bytes: Array(bytes))
        default: throw DamagedRow()
        }
    }

    /// A code and a sentence, or neither.
    mutating func errorIfAny() throws(DamagedRow) -> UploadError? {
        let code = try textIfAny()
        let sentence = try textIfAny()
        guard let code else { return nil }
        // A code of a later version: that the upload failed is known all the same.
        return UploadError(UploadError.Code(rawValue: code) ?? .rejected, sentence ?? "the upload failed")
    }
}

extension SpoolPath {
    /// Paths are blobs: they need not be text, and SQLite compares blobs byte by byte.
    var databaseBytes: Data { Data(bytes) }

    /// The paths below this directory are those between the two, the bounds excluded: `/` sorts right before `0`.
    var databaseRange: (lower: Data, upper: Data) {
        isRoot ? (Data(), Self.end) : (Data(bytes + [UInt8(ascii: "/")]), Data(bytes + [UInt8(ascii: "0")]))
    }

    /// Behind every path of the kernel's, which have at most PATH_MAX (4096) bytes, of any value but 0.
    private static let end = Data(repeating: 0xFF, count: 4097)
}

extension FileID {
    /// SQLite's integers are signed; inode numbers keep their bits.
    var databaseNumber: Int64 { Int64(bitPattern: inode) }

    init(databaseNumber: Int64) {
        self.init(inode: UInt64(bitPattern: databaseNumber))
    }
}
