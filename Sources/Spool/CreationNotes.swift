import Glibc
import LinuxIO
import NIOConcurrencyHelpers
import UploadCore

/// Notes, in a file beside the spool, of the files that are being created.
///
/// A process that is killed after a file was made in the spool, and before the upload queue was told of it, leaves a file that
/// nobody uploads. No program knows it: its creation was never confirmed. The next process finds the note and removes the file.
///
/// There is a place for each thread that serves requests. One pwrite(2) writes a note, so it is there whole or not at all for a
/// process that is killed. Creating a file has to work where a note cannot be written.
public final class CreationNotes: Sendable {
    private static let places = 64
    /// Room for a path and the fixed fields.
    private static let placeLength = Int(PATH_MAX) + 64

    private let file: Descriptor
    private let free: NIOLockedValueBox<[Int]>

    init(stateDirectory: borrowing Descriptor) throws(Errno) {
        file = try stateDirectory.open(BytePath("creations"), O_RDWR | O_CREAT, mode: 0o600)
        free = NIOLockedValueBox(Array(0..<Self.places))
        // On a full disk, too.
        try? file.allocate(mode: 0, offset: 0, length: Int64(Self.places * Self.placeLength))
    }

    /// - Returns: the note's place; nil where there is none.
    public func note(_ path: SpoolPath) -> Int? {
        guard let place = free.withLockedValue({ $0.popLast() }) else { return nil }
        let event = FileEvent(time: 0, change: .contentWillChange(FileID(inode: 0), path: path, unseen: false))
        write(FileEventCodec.encode(event), at: place)
        return place
    }

    public func erase(_ place: Int) {
        write(FileEventCodec.noRecord, at: place)
        free.withLockedValue { $0.append(place) }
    }

    private func write(_ bytes: [UInt8], at place: Int) {
        guard bytes.count <= Self.placeLength else { return }
        _ = bytes.withUnsafeBytes { try? file.write($0, at: Int64(place * Self.placeLength)) }
    }

    /// The files that an earlier process was creating when it ended. Their notes are erased.
    public func takeUnfinished() throws(Errno) -> [SpoolPath] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.places * Self.placeLength, alignment: 1)
        defer { buffer.deallocate() }
        let count = try file.read(at: 0, into: buffer)
        var paths: [SpoolPath] = []
        for place in 0..<Self.places where place * Self.placeLength < count {
            let bytes = Array(buffer[(place * Self.placeLength)..<min((place + 1) * Self.placeLength, count)])
            guard case .contentWillChange(_, let path, _)? = FileEventCodec.decode(bytes[...])?.event.change else { continue }
            write(FileEventCodec.noRecord, at: place)
            // A damaged note must not lead out of the spool.
            if path.isInsideSpool { paths.append(path) }
        }
        return paths
    }
}
