import Glibc
import LinuxIO
import UploadCore

/// A note, in a file beside the spool, of the rename or removal that is being carried out.
///
/// The spool tree and the upload queue's journal cannot change in one step. A process that is killed between the two leaves
/// the note behind, and the next one looks at the tree to see whether the change took place and reports it again:
///
///     note, rename in the spool, report to the queue, erase the note
///
/// - Killed before the rename: the tree shows the old names; nothing is reported; nothing was promised.
/// - Killed after it, before or after the queue knew: the tree shows the new names, and the change is reported (again).
///
/// One pwrite(2) writes the note, so it is there whole or not at all for a process that is killed.
public final class NameIntent: Sendable {
    private let file: Descriptor

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
    public func note(_ change: FileEvent.Change) throws(Errno) {
        try file.writeAll(FileEventCodec.encode(FileEvent(time: 0, change: change)))
    }

    public func erase() throws(Errno) {
        try file.writeAll(FileEventCodec.noRecord)
    }

    /// The change that an earlier process did not finish; nil where there is none, or where the note cannot be read.
    public func unfinished() throws(Errno) -> FileEvent.Change? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.lengthMax, alignment: 1)
        defer { buffer.deallocate() }
        let count = try file.read(at: 0, into: buffer)
        let change = FileEventCodec.decode(Array(buffer[..<count])[...])?.event.change
        // A damaged note must not lead out of the spool.
        return switch change {
        case .renamed(_, let first, let second, _, _), .exchanged(_, let first, let second, _):
            first.isInsideSpool && second.isInsideSpool ? change : nil
        case .removed(_, let path): path.isInsideSpool ? change : nil
        default: nil
        }
    }
}

extension SpoolPath {
    /// Whether every component is a name as a directory can have it.
    var isInsideSpool: Bool {
        !bytes.isEmpty
            && bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { name in
                let name = Array(name)
                return !name.isEmpty && !name.contains(0) && name != [UInt8(ascii: ".")] && name != [UInt8(ascii: "."), UInt8(ascii: ".")]
            }
    }
}
