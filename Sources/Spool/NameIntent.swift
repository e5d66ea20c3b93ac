import Glibc
import LinuxIO
import UploadCore

/// A note, in a file beside the spool, of the rename or removal that is being carried out.
///
/// The spool tree and the upload queue's journal cannot change in one step. A process that is killed between the two leaves
/// the note behind, and the next one looks at the tree to see whether the change took place and tells the queue again:
///
///     note, rename in the spool, tell the queue, erase the note
///
/// - Killed before the rename: the tree shows the old names; nothing is told; nobody was promised anything.
/// - Killed after it, before or after the queue knew: the tree shows the new names, and the queue is told (again).
///
/// One pwrite(2) writes the note, so it is there whole or not at all for a process that is killed.
public final class NameIntent: Sendable {
    private let file: Descriptor

    /// A change of names in the spool tree.
    public enum Change: Equatable, Sendable {
        /// `file` moved; `replaced` is the regular file that had the target name before.
        case rename(file: FileID, from: SpoolPath, to: SpoolPath, isDirectory: Bool, replaced: FileID?)
        case remove(file: FileID, path: SpoolPath)
        /// What had these two names, the first of them `file`, swapped them; `id` tells the exchange from every other one.
        case exchange(file: FileID, SpoolPath, SpoolPath, id: UInt64)
    }

    init(stateDirectory: borrowing Descriptor) throws(Errno) {
        file = try stateDirectory.open(BytePath("intent"), O_RDWR | O_CREAT, mode: 0o600)
        // Removing files has to work on a full disk, too, so that the note's place is taken once for all.
        do throws(Errno) {
            try file.allocate(mode: 0, offset: 0, length: Int64(Self.lengthMax))
        } catch {
            // Some file systems cannot set space aside; there a full disk may refuse a note.
            guard error.code == EOPNOTSUPP || error.code == ENOSPC else { throw error }
        }
    }

    /// Room for two paths and the fixed fields.
    private static let lengthMax = 3 * Int(PATH_MAX)

    /// The caller has one change under way at a time.
    public func note(_ change: Change) throws(Errno) {
        try file.writeAll(change.encoded)
    }

    public func erase() throws(Errno) {
        try file.writeAll([0])
    }

    /// The change that an earlier process did not end; nil where there is none, or where the note cannot be read.
    public func unfinished() throws(Errno) -> Change? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.lengthMax, alignment: 1)
        defer { buffer.deallocate() }
        let count = try file.read(at: 0, into: buffer)
        return Change(encoded: Array(buffer[..<count]))
    }
}

extension NameIntent.Change {
    /// A byte for the kind (0: no change), two numbers, the lengths of two paths and their bytes, little endian.
    var encoded: [UInt8] {
        switch self {
        case .rename(let file, let source, let target, let isDirectory, let replaced):
            Self.encode(kind: isDirectory ? 2 : 1, file.inode, replaced?.inode ?? 0, source, target)
        case .remove(let file, let path):
            Self.encode(kind: 3, file.inode, 0, path, .root)
        case .exchange(let file, let first, let second, let id):
            Self.encode(kind: 4, file.inode, id, first, second)
        }
    }

    private static func encode(kind: UInt8, _ file: UInt64, _ other: UInt64, _ first: SpoolPath, _ second: SpoolPath) -> [UInt8] {
        var record: [UInt8] = [kind]
        for number in [file, other, UInt64(first.bytes.count), UInt64(second.bytes.count)] {
            withUnsafeBytes(of: number.littleEndian) { record.append(contentsOf: $0) }
        }
        return record + first.bytes + second.bytes
    }

    init?(encoded record: [UInt8]) {
        let header = 1 + 4 * 8
        guard let kind = record.first, (1...4).contains(kind), record.count >= header else { return nil }
        let numbers = (0..<4).map { index in
            record[(1 + 8 * index)..<(9 + 8 * index)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        }
        guard numbers[2] <= UInt64(PATH_MAX), numbers[3] <= UInt64(PATH_MAX) else { return nil }
        let middle = header + Int(numbers[2])
        let end = middle + Int(numbers[3])
        guard record.count >= end else { return nil }
        let first = SpoolPath(bytes: Array(record[header..<middle]))
        let second = SpoolPath(bytes: Array(record[middle..<end]))
        // A damaged note must not lead out of the spool.
        guard first.isInsideSpool, second.isInsideSpool, !first.bytes.isEmpty, kind == 3 || !second.bytes.isEmpty else { return nil }
        let file = FileID(inode: numbers[0])
        switch kind {
        case 3: self = .remove(file: file, path: first)
        case 4: self = .exchange(file: file, first, second, id: numbers[1])
        default:
            let replaced = numbers[1] == 0 ? nil : FileID(inode: numbers[1])
            self = .rename(file: file, from: first, to: second, isDirectory: kind == 2, replaced: replaced)
        }
    }
}

extension SpoolPath {
    /// Whether every component is a name as a directory can have it.
    fileprivate var isInsideSpool: Bool {
        bytes.isEmpty
            || bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { name in
                let name = Array(name)
                return !name.isEmpty && !name.contains(0) && name != [UInt8(ascii: ".")] && name != [UInt8(ascii: "."), UInt8(ascii: ".")]
            }
    }
}
