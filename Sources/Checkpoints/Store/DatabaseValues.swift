import Foundation
import UploadCore

/// Times as the database keeps them: milliseconds since 1970.
public enum Milliseconds {
    public static func now() -> Int64 { of(Date()) }

    public static func of(_ date: Date) -> Int64 {
        Int64((date.timeIntervalSince1970 * 1000).rounded())
    }

    public static func date(_ milliseconds: Int64) -> Date {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000)
    }

    public static func of(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}

extension SpoolPath {
    /// Paths are blobs: they need not be text, and SQLite compares blobs byte by byte.
    var databaseBytes: Data { Data(bytes) }

    init(databaseBytes: Data) {
        self.init(bytes: Array(databaseBytes))
    }

    /// The paths below this directory are those between the two, the bounds excluded: `/` sorts right before `0`.
    var databaseRange: (lower: Data, upper: Data) {
        isRoot ? (Data(), Data([0xFF, 0xFF])) : (Data(bytes + [UInt8(ascii: "/")]), Data(bytes + [UInt8(ascii: "0")]))
    }
}
