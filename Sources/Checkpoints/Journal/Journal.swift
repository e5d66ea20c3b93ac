import Glibc
import NIOConcurrencyHelpers
import UploadCore

/// A place between two events: everything before it has been taken in.
public struct JournalPosition: Sendable, Equatable {
    /// Number of the segment file.
    public let segment: Int64
    /// Offset in it, in bytes.
    public let offset: Int64

    public static let start = JournalPosition(segment: 1, offset: 0)

    public init(segment: Int64, offset: Int64) {
        self.segment = segment
        self.offset = offset
    }
}

/// An event, and the place behind it.
public struct JournalEntry: Sendable, Equatable {
    public let event: FileEvent
    public let end: JournalPosition

    public init(event: FileEvent, end: JournalPosition) {
        self.event = event
        self.end = end
    }
}

/// The intake journal: what happened to files, in order, from the moment a file system call returned until the database has it.
///
/// One event costs at most one write(2) to a file opened with O_APPEND. The page cache then has it, so that a killed process forgets
/// nothing; a power cut may take the last seconds, which the scan after an unclean boot makes up for. The database takes the
/// events in by batches and stores, in the same transaction, how far it has come: each event takes effect exactly once.
///
/// The journal is a directory of numbered segments. When everything is taken in and the segment has grown past
/// `segmentLengthMax`, a new one is begun and the old one is removed.
public final class Journal: Sendable {
    static let segmentLengthMax: Int64 = 4 << 20

    private let directory: String
    private let state: NIOLockedValueBox<Segment>
    /// Whether there was no journal when this one was opened.
    private let isNew: Bool

    /// Guarded by the box's lock.
    private struct Segment {
        var number: Int64
        var descriptor: Int32
        var end: Int64
        /// How much of it is on the disk itself.
        var synchronizedEnd: Int64 = 0
        /// Records that go with the next write.
        var delayed: [UInt8] = []
        /// The files of the events that have not been taken in.
        var waiting: Set<FileID> = []
        /// Whether one of them is a command, which may concern any file.
        var hasCommand = false

        /// The place behind what is written.
        var position: JournalPosition { JournalPosition(segment: number, offset: end) }

        /// Whether every event has been taken in once those before `position` have.
        func endsAll(at position: JournalPosition) -> Bool { position == self.position && delayed.isEmpty }
    }

    /// Opens the journal in `directory`, making it if it is not there. A record at the end that was not written to its end is
    /// cut off; it belongs to a call that never returned, or to a power cut.
    public init(directory: String) throws(JournalError) {
        self.directory = directory
        if mkdir(directory, 0o700) != 0, errno != EEXIST { throw JournalError("make the journal", errno) }
        let numbers = try Self.segments(in: directory)
        isNew = numbers.isEmpty
        let number = numbers.last ?? JournalPosition.start.segment
        let descriptor = try Self.openSegment(directory, number)
        let end = try Self.validLength(descriptor)
        if ftruncate(descriptor, off_t(end)) != 0 { throw JournalError("cut the journal's torn end", errno) }
        state = NIOLockedValueBox(Segment(number: number, descriptor: descriptor, end: end))
    }

    deinit {
        close(state.withLockedValue { $0.descriptor })
    }

    /// The place behind the last event, including those that can wait, unless the disk does not take them.
    public var end: JournalPosition {
        state.withLockedValue { segment in
            _ = Self.write([], to: &segment)
            return segment.position
        }
    }

    /// Writes one event. When it returns, a killed process does not forget the event any more, unless the event can wait: then it
    /// is written together with the next one, or when someone wants to read it.
    public func append(_ event: FileEvent) throws(JournalError) {
        let record = FileEventCodec.encode(event)
        let failure: Int32 = state.withLockedValue { segment in
            if event.change.canWait, segment.delayed.count + record.count <= Self.delayedLengthMax {
                segment.delayed += record
            } else {
                let failure = Self.write(record, to: &segment)
                if failure != 0 { return failure }
            }
            if let file = event.change.file { segment.waiting.insert(file) }
            if case .control = event.change { segment.hasCommand = true }
            return 0
        }
        if failure != 0 { throw JournalError("write to the journal", failure) }
    }

    private static let delayedLengthMax = 1024

    /// Writes the records that wait, and `record`, in one step. Returns the error number; 0 is success.
    private static func write(_ record: [UInt8], to segment: inout Segment) -> Int32 {
        if segment.delayed.isEmpty, record.isEmpty { return 0 }
        let bytes = segment.delayed.isEmpty ? record : segment.delayed + record
        let written = bytes.withUnsafeBytes { Glibc.write(segment.descriptor, $0.baseAddress, $0.count) }
        if written == bytes.count {
            segment.end += Int64(written)
            segment.delayed.removeAll(keepingCapacity: true)
            return 0
        }
        let reason = written < 0 ? errno : ENOSPC
        // What was written of the records must not stand in the way of the next ones.
        ftruncate(segment.descriptor, off_t(segment.end))
        return reason
    }

    /// Whether an event that may concern `file` has been written since the last `tookIn` that covered all.
    public func isWaiting(_ file: FileID) -> Bool {
        state.withLockedValue { $0.hasCommand || $0.waiting.contains(file) }
    }

    /// The database has everything before `position`.
    public func tookIn(upTo position: JournalPosition) {
        state.withLockedValue { segment in
            guard segment.endsAll(at: position) else { return }
            segment.waiting.removeAll(keepingCapacity: true)
            segment.hasCommand = false
        }
    }

    /// Where to go on reading after a restart, from the place that the database has.
    /// - Returns: `isLost`: the journal does not hold what belongs there, so that files may have changed of which no event tells.
    public func resume(from stored: JournalPosition?) throws(JournalError) -> (position: JournalPosition, isLost: Bool) {
        let numbers = try Self.segments(in: directory)
        let first = JournalPosition(segment: numbers.first ?? JournalPosition.start.segment, offset: 0)
        guard let stored else { return (first, false) }
        if isNew { return (end, true) }
        guard numbers.contains(stored.segment) else {
            // What is older than the stored place has been taken in, and must not be again: files may have other names now.
            return (stored.segment < first.segment ? first : end, true)
        }
        let isCurrent = state.withLockedValue { $0.number == stored.segment }
        let length = isCurrent ? end.offset : try validLength(of: stored.segment)
        guard stored.offset > length else { return (stored, false) }
        return (JournalPosition(segment: stored.segment, offset: length), true)
    }

    /// The events from `position` on, at most `limit`.
    ///
    /// None, although `position` is not the end, means that the journal is damaged there.
    public func read(from position: JournalPosition, limit: Int) throws(JournalError) -> [JournalEntry] {
        var position = position
        var entries: [JournalEntry] = []
        while entries.count < limit, position != end {
            let found = try readSegment(position, limit: limit - entries.count)
            entries += found
            if let last = found.last {
                position = last.end
            } else {
                guard let following = try Self.segments(in: directory).first(where: { $0 > position.segment }) else { break }
                position = JournalPosition(segment: following, offset: 0)
            }
        }
        return entries
    }

    /// Begins a new segment if the present one is long and `applied` is its end; `store` has to store the new place durably
    /// before the old segment goes. No one who appends waits for the disk.
    public func rotate(applied: JournalPosition, store: (JournalPosition) throws -> Void) throws {
        let isDue = state.withLockedValue { $0.endsAll(at: applied) && $0.end >= Self.segmentLengthMax }
        guard isDue else { return }
        let next = JournalPosition(segment: applied.segment + 1, offset: 0)
        let descriptor = try Self.openSegment(directory, next.segment)
        let former: Int32? = state.withLockedValue { segment in
            // What was appended meanwhile has to be taken in first.
            guard segment.endsAll(at: applied) else { return nil }
            defer { segment = Segment(number: next.segment, descriptor: descriptor, end: 0) }
            return segment.descriptor
        }
        guard let former else {
            close(descriptor)
            unlink(Self.path(directory, next.segment))
            return
        }
        close(former)
        // If this fails, the old segment stays, and its end leads to the new one.
        try store(next)
        for number in try Self.segments(in: directory) where number < next.segment { unlink(Self.path(directory, number)) }
    }

    /// Writes what was appended so far to the disk itself. No one who appends waits for that.
    public func synchronize() throws(JournalError) {
        let (number, end, descriptor, problem) = state.withLockedValue { segment -> (Int64, Int64, Int32?, Int32) in
            let failure = Self.write([], to: &segment)
            if failure != 0 { return (segment.number, segment.end, nil, failure) }
            if segment.synchronizedEnd == segment.end { return (segment.number, segment.end, nil, 0) }
            // Of its own, because the segment may be closed meanwhile; the database then has it all, durably.
            let copy = fcntl(segment.descriptor, F_DUPFD_CLOEXEC, 0)
            return (segment.number, segment.end, copy, copy < 0 ? errno : 0)
        }
        if problem != 0 { throw JournalError("synchronize the journal", problem) }
        guard let descriptor else { return }
        defer { close(descriptor) }
        if fdatasync(descriptor) != 0 { throw JournalError("synchronize the journal", errno) }
        state.withLockedValue { segment in
            if segment.number == number { segment.synchronizedEnd = max(segment.synchronizedEnd, end) }
        }
    }

    // MARK: Segments

    /// How much is read at once; longer than the longest record.
    private static let readLength = 256 << 10

    private func readSegment(_ position: JournalPosition, limit: Int) throws(JournalError) -> [JournalEntry] {
        let isCurrent = state.withLockedValue { $0.number == position.segment }
        let descriptor = open(Self.path(directory, position.segment), O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            // A segment that was taken in whole is removed before the next start notices its number.
            if errno == ENOENT, !isCurrent { return [] }
            throw JournalError("read the journal", errno)
        }
        defer { close(descriptor) }
        var offset = position.offset
        var entries: [JournalEntry] = []
        while entries.count < limit {
            let bytes = try Self.bytes(of: descriptor, at: offset)
            var rest = bytes[...]
            while entries.count < limit, let (event, length) = FileEventCodec.decode(rest) {
                rest = rest.dropFirst(length)
                offset += Int64(length)
                entries.append(JournalEntry(event: event, end: JournalPosition(segment: position.segment, offset: offset)))
            }
            if rest.count == bytes.count || bytes.count < Self.readLength { break }
        }
        return entries
    }

    private func validLength(of number: Int64) throws(JournalError) -> Int64 {
        let descriptor = open(Self.path(directory, number), O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw JournalError("read the journal", errno) }
        defer { close(descriptor) }
        return try Self.validLength(descriptor)
    }

    private static func bytes(of descriptor: Int32, at offset: Int64) throws(JournalError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: readLength) { buffer, count in
            let received = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            failure = received < 0 ? errno : 0
            count = max(received, 0)
        }
        if failure != 0 { throw JournalError("read the journal", failure) }
        return bytes
    }

    private static func validLength(_ descriptor: Int32) throws(JournalError) -> Int64 {
        var offset: Int64 = 0
        while true {
            let bytes = try bytes(of: descriptor, at: offset)
            var rest = bytes[...]
            while let (_, length) = FileEventCodec.decode(rest) { rest = rest.dropFirst(length) }
            let consumed = bytes.count - rest.count
            offset += Int64(consumed)
            if consumed == 0 { return offset }
        }
    }

    private static func segments(in directory: String) throws(JournalError) -> [Int64] {
        guard let stream = opendir(directory) else { throw JournalError("read the journal", errno) }
        defer { closedir(stream) }
        var numbers: [Int64] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            // Far from where the next number would overflow.
            if let number = Int64(name), (1...Int64(1) << 53).contains(number) { numbers.append(number) }
        }
        return numbers.sorted()
    }

    private static func openSegment(_ directory: String, _ number: Int64) throws(JournalError) -> Int32 {
        let descriptor = open(path(directory, number), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        if descriptor < 0 { throw JournalError("open the journal", errno) }
        do {
            // The segment's name, and the journal's own.
            for path in [directory, directory + "/.."] { try synchronizeDirectory(path) }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func synchronizeDirectory(_ path: String) throws(JournalError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor < 0 { throw JournalError("open \(path)", errno) }
        defer { close(descriptor) }
        if fsync(descriptor) != 0 { throw JournalError("synchronize \(path)", errno) }
    }

    private static func path(_ directory: String, _ number: Int64) -> String {
        "\(directory)/\(number)"
    }
}

/// The local disk refused something to the journal.
public struct JournalError: Error, Sendable, CustomStringConvertible {
    /// The C library's error number.
    public let errno: Int32
    private let action: String

    init(_ action: String, _ errno: Int32) {
        self.action = action
        self.errno = errno
    }

    public var description: String {
        "cannot \(action): \(String(cString: strerror(errno)))"
    }
}
