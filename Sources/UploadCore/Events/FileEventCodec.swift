/// The bytes of one event, in the journal and in the notes beside the spool:
///
///     length u32 | CRC-32C of the payload u32 | payload: kind u8, time i64, fields of the kind
///
/// All numbers are little-endian; a path is a u32 length and its bytes.
public enum FileEventCodec {
    static let headerLength = 8
    /// No payload is longer, in bytes: two paths of the kernel's PATH_MAX and the fixed fields fit.
    public static let payloadMax = 16_384
    /// A header without a length, which ends what is read.
    public static let noRecord = [UInt8](repeating: 0, count: headerLength)

    private enum Kind: UInt8 {
        case contentWillChange = 1
        case contentClosed
        case timesChanged
        case renamed
        case removed
        case exchanged
        case contentMayChange
        case writersClosed
        case renamedFile
        case exchangedFile
        case controlFile
        case controlDirectory
        case priorityFile
        case priorityDirectory
    }

    public static func encode(_ event: FileEvent) -> [UInt8] {
        var payload = RecordWriter()
        switch event.change {
        case .contentWillChange(let file, let path, let unseen):
            payload.begin(Kind.contentWillChange.rawValue, event.time)
            payload.append(file.inode)
            payload.append(path)
            payload.append(unseen)
        case .contentMayChange(let file):
            payload.begin(Kind.contentMayChange.rawValue, event.time)
            payload.append(file.inode)
        case .writersClosed(let file):
            payload.begin(Kind.writersClosed.rawValue, event.time)
            payload.append(file.inode)
        case .contentClosed(let file, let path, let content, let urgent):
            payload.begin(Kind.contentClosed.rawValue, event.time)
            payload.append(file.inode)
            payload.append(path)
            payload.append(content.size)
            payload.append(content.modified)
            payload.append(urgent)
        case .timesChanged(let file, let modified):
            payload.begin(Kind.timesChanged.rawValue, event.time)
            payload.append(file.inode)
            payload.append(modified)
        case .renamed(let file, let source, let target, let isDirectory, let replaced):
            payload.begin(Kind.renamedFile.rawValue, event.time)
            payload.append(file.inode)
            payload.append(source)
            payload.append(target)
            payload.append(isDirectory)
            payload.append(replaced != nil)
            payload.append(replaced?.inode ?? 0)
        case .removed(let file, let path):
            payload.begin(Kind.removed.rawValue, event.time)
            payload.append(file.inode)
            payload.append(path)
        case .exchanged(let file, let first, let second, let id):
            payload.begin(Kind.exchangedFile.rawValue, event.time)
            payload.append(file.inode)
            payload.append(first)
            payload.append(second)
            payload.append(id)
        case .control(let command, .file(let file)):
            payload.begin(Kind.controlFile.rawValue, event.time)
            payload.append(file.inode)
            payload.append(SpoolPath(command.rawValue))
        case .control(let command, .directory(let path)):
            payload.begin(Kind.controlDirectory.rawValue, event.time)
            payload.append(path)
            payload.append(SpoolPath(command.rawValue))
        case .priority(let priority, .file(let file)):
            payload.begin(Kind.priorityFile.rawValue, event.time)
            payload.append(file.inode)
            payload.append(Int64(priority))
        case .priority(let priority, .directory(let path)):
            payload.begin(Kind.priorityDirectory.rawValue, event.time)
            payload.append(path)
            payload.append(Int64(priority))
        }
        return payload.sealed(headerLength: headerLength)
    }

    /// The event that `bytes` begin with and the length of its record; nil where they hold no whole, undamaged record.
    public static func decode(_ bytes: ArraySlice<UInt8>) -> (event: FileEvent, length: Int)? {
        var header = RecordReader(bytes)
        guard let length: UInt32 = header.read(), let crc: UInt32 = header.read(), length > 0, length <= payloadMax,
            bytes.count >= headerLength + Int(length)
        else { return nil }
        let payload = bytes[(bytes.startIndex + headerLength)..<(bytes.startIndex + headerLength + Int(length))]
        var check = CRC32C()
        payload.withUnsafeBytes { check.update($0) }
        guard check.value == crc, let event = decodePayload(payload) else { return nil }
        return (event, headerLength + Int(length))
    }

    private static func decodePayload(_ payload: ArraySlice<UInt8>) -> FileEvent? {
        var reader = RecordReader(payload)
        guard let rawKind: UInt8 = reader.read(), let kind = Kind(rawValue: rawKind), let time: Int64 = reader.read() else { return nil }
        return decodeChange(kind, &reader).map { FileEvent(time: time, change: $0) }
    }

    private static func decodeChange(_ kind: Kind, _ reader: inout RecordReader) -> FileEvent.Change? {
        switch kind {
        case .contentWillChange:
            guard let file = reader.readFile(), let path = reader.readPath() else { return nil }
            // Earlier versions wrote no flag.
            return .contentWillChange(file, path: path, unseen: reader.readFlag() ?? false)
        case .contentMayChange:
            return reader.readFile().map { .contentMayChange($0) }
        case .writersClosed:
            return reader.readFile().map { .writersClosed($0) }
        case .contentClosed:
            guard let file = reader.readFile(), let path = reader.readPath(), let size: Int64 = reader.read(),
                let modified: Int64 = reader.read(), let urgent = reader.readFlag()
            else { return nil }
            return .contentClosed(file, path: path, content: Fingerprint(size: size, modified: modified), urgent: urgent)
        case .timesChanged:
            guard let file = reader.readFile(), let modified: Int64 = reader.read() else { return nil }
            return .timesChanged(file, modified: modified)
        case .renamed, .renamedFile:
            // Earlier versions wrote no file.
            guard let file = kind == .renamed ? FileID(inode: 0) : reader.readFile(), let source = reader.readPath(), let target = reader.readPath(),
                let isDirectory = reader.readFlag(), let hasReplaced = reader.readFlag(), let replaced = reader.readFile()
            else { return nil }
            return .renamed(file, from: source, to: target, isDirectory: isDirectory, replaced: hasReplaced ? replaced : nil)
        case .removed:
            guard let file = reader.readFile(), let path = reader.readPath() else { return nil }
            return .removed(file, path: path)
        case .exchanged, .exchangedFile:
            guard let file = kind == .exchanged ? FileID(inode: 0) : reader.readFile(), let first = reader.readPath(), let second = reader.readPath(),
                let id: UInt64 = reader.read()
            else { return nil }
            return .exchanged(file, first, second, id: id)
        case .controlFile:
            guard let file = reader.readFile(), let command = reader.readCommand() else { return nil }
            return .control(command, .file(file))
        case .controlDirectory:
            guard let path = reader.readPath(), let command = reader.readCommand() else { return nil }
            return .control(command, .directory(path))
        case .priorityFile:
            guard let file = reader.readFile(), let priority = reader.readPriority() else { return nil }
            return .priority(priority, .file(file))
        case .priorityDirectory:
            guard let path = reader.readPath(), let priority = reader.readPriority() else { return nil }
            return .priority(priority, .directory(path))
        }
    }
}

/// Puts a record together behind the room for its header.
private struct RecordWriter {
    private var bytes: [UInt8] = []

    mutating func begin(_ kind: UInt8, _ time: Int64) {
        bytes.reserveCapacity(256)
        append(UInt64(0))
        bytes.append(kind)
        append(time)
    }

    mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ flag: Bool) {
        bytes.append(flag ? 1 : 0)
    }

    mutating func append(_ path: SpoolPath) {
        append(UInt32(path.bytes.count))
        bytes.append(contentsOf: path.bytes)
    }

    consuming func sealed(headerLength: Int) -> [UInt8] {
        bytes.withUnsafeMutableBytes { record in
            var crc = CRC32C()
            crc.update(UnsafeRawBufferPointer(rebasing: record[headerLength...]))
            record.storeBytes(of: UInt32(record.count - headerLength).littleEndian, as: UInt32.self)
            record.storeBytes(of: crc.value.littleEndian, toByteOffset: 4, as: UInt32.self)
        }
        return bytes
    }
}

private struct RecordReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    mutating func read<T: FixedWidthInteger>() -> T? {
        let width = MemoryLayout<T>.size
        guard rest.count >= width else { return nil }
        let value = rest.withUnsafeBytes { $0.loadUnaligned(as: T.self) }
        rest = rest.dropFirst(width)
        return T(littleEndian: value)
    }

    mutating func readFlag() -> Bool? {
        let flag: UInt8? = read()
        return flag.map { $0 != 0 }
    }

    mutating func readFile() -> FileID? {
        let inode: UInt64? = read()
        return inode.map { FileID(inode: $0) }
    }

    mutating func readPath() -> SpoolPath? {
        guard let length: UInt32 = read(), rest.count >= Int(length) else { return nil }
        defer { rest = rest.dropFirst(Int(length)) }
        return SpoolPath(bytes: Array(rest.prefix(Int(length))))
    }

    mutating func readCommand() -> ControlCommand? {
        readPath()?.text.flatMap(ControlCommand.init(rawValue:))
    }

    mutating func readPriority() -> Int? {
        let priority: Int64? = read()
        return priority.flatMap { (-10...10).contains($0) ? Int($0) : nil }
    }
}
