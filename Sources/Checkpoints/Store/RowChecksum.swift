import GRDB
import UploadCore

/// A CRC-32C over the values of a row, which is stored with them.
///
/// SQLite finds damage in the structure of its file, not in what is stored there: a bit that flips in a version, a path or a time
/// leaves a row that looks whole, and whose file would wait for ever or be refused by the service.
struct RowChecksum {
    private var crc = CRC32C()

    init(_ values: [DatabaseValue] = []) {
        for value in values { add(value) }
    }

    mutating func add(_ value: DatabaseValue) {
        switch value.storage {
        case .null: update(0, of: UnsafeRawBufferPointer(start: nil, count: 0))
        case .int64(let number): withUnsafeBytes(of: number.littleEndian) { update(1, of: $0) }
        case .double(let number): withUnsafeBytes(of: number.bitPattern.littleEndian) { update(2, of: $0) }
        case .string(var text): text.withUTF8 { update(3, of: UnsafeRawBufferPointer($0)) }
        case .blob(let data): data.withUnsafeBytes { update(4, of: $0) }
        }
    }

    private mutating func update(_ kind: UInt8, of bytes: UnsafeRawBufferPointer) {
        // The length keeps what ends one value from beginning the next.
        let head = UInt64(bytes.count).littleEndian << 8 | UInt64(kind)
        withUnsafeBytes(of: head) { crc.update($0) }
        crc.update(bytes)
    }

    var value: DatabaseValue { Int64(crc.value).databaseValue }
}
