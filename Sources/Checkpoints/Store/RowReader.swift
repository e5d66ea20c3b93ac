import Foundation
import GRDB
import UploadCore

/// A row that does not hold what it should.
struct DamagedRow: Error {}

/// Reads a row's columns in their order. Any column may hold any value: what does not fit is a damaged row, and never a trap.
struct RowReader {
    private let row: Row
    private var index = 0

    init(_ row: Row) {
        self.row = row
    }

    private mutating func next() throws(DamagedRow) -> DatabaseValue {
        guard index < row.count else { throw DamagedRow() }
        defer { index += 1 }
        return row[index]
    }

    mutating func numberIfAny() throws(DamagedRow) -> Int64? {
        switch try next().storage {
        case .null: return nil
        case .int64(let number): return number
        default: throw DamagedRow()
        }
    }

    mutating func textIfAny() throws(DamagedRow) -> String? {
        switch try next().storage {
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
        switch try next().storage {
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
