import Glibc
import NIOConcurrencyHelpers
import NIOCore

/// An upload session: one stream of bytes that requests add to in turn.
///
/// A client that lost its connection may be back before the server has noticed. So the newest request has the session, and what an
/// earlier one has received until then counts as if its connection had broken at that moment.
final class ServedSession<Intent: UploadIntent>: Sendable {
    private struct Guarded {
        var record: SessionRecord<Intent>
        var turn = 0
        var isReceiving = false
        var file: OpenFile?
    }

    private let layout: StorageLayout
    private let guarded: NIOLockedValueBox<Guarded>
    let id: String
    let intent: Intent

    init(_ record: SessionRecord<Intent>, layout: StorageLayout) {
        self.layout = layout
        self.id = record.id
        self.intent = record.intent
        self.guarded = NIOLockedValueBox(Guarded(record: record))
    }

    private var contentPath: String { "\(layout.root)/sessions/\(id).data" }

    /// As it is now, without what a part in flight has brought so far.
    var record: SessionRecord<Intent> {
        guarded.withLockedValue { guarded in
            var record = guarded.record
            if guarded.isReceiving { record.checksum.dropUnfinishedBlock() }
            return record
        }
    }

    func save() throws {
        try guarded.withLockedValue { try save(&$0) }
    }

    /// Takes the session over.
    /// - Returns: the record as the earlier requests have left it.
    func take() throws -> (UploadTurn, SessionRecord<Intent>) {
        try guarded.withLockedValue { guarded in
            if guarded.isReceiving { try settle(&guarded, keepAll: false) }
            guarded.turn += 1
            return (UploadTurn(number: guarded.turn), guarded.record)
        }
    }

    /// Writes bytes behind those that are there.
    func append(_ bytes: UnsafeRawBufferPointer, _ turn: UploadTurn) throws {
        try guarded.withLockedValue { guarded in
            guard guarded.turn == turn.number else { throw UploadTurn.Superseded() }
            guarded.isReceiving = true
            let file = try guarded.file ?? OpenFile.writing(contentPath)
            guarded.file = file
            try file.write(bytes, at: guarded.record.checksum.length)
            guarded.record.checksum.update(bytes)
        }
    }

    /// Ends a turn, if it has not been ended by a later one.
    /// - Parameter keepAll: whether the part arrived whole. Else the bytes after the last multiple of 256 KiB are dropped.
    /// - Returns: how many bytes the session has.
    @discardableResult
    func end(_ turn: UploadTurn, keepAll: Bool) throws -> Int64 {
        try guarded.withLockedValue { guarded in
            if guarded.turn == turn.number && guarded.isReceiving { try settle(&guarded, keepAll: keepAll) }
            return guarded.record.checksum.length
        }
    }

    /// Changes the record for good.
    func change(_ change: (inout SessionRecord<Intent>) throws -> Void) throws {
        try guarded.withLockedValue { guarded in
            try change(&guarded.record)
            try save(&guarded)
        }
    }

    /// Makes the object of the bytes, once. `store` gets all of the content and may throw.
    /// - Returns: the object, also if an earlier request has made it.
    func complete(_ store: (Intent, Content) throws -> ObjectRecord) throws -> ObjectRecord {
        try guarded.withLockedValue { guarded in
            if case .completed(let object) = guarded.record.state { return object }
            let size = guarded.record.checksum.length
            guarded.file = try OpenFile.writing(contentPath)
            // A part that broke may have left bytes behind the last block.
            guard truncate(contentPath, off_t(size)) == 0 else { throw FileError("truncate", contentPath) }
            let content = Content(path: contentPath, size: size, crc32c: guarded.record.checksum.value)
            let object = try store(intent, content)
            guarded.record.state = .completed(object)
            guarded.file = nil
            try save(&guarded)
            return object
        }
    }

    /// Drops the bytes and keeps only the reason why.
    func discard(_ state: SessionState) throws {
        try guarded.withLockedValue { guarded in
            if case .completed = guarded.record.state { return }
            guarded.turn += 1
            guarded.isReceiving = false
            guarded.file = nil
            guarded.record.checksum = RunningCRC32C()
            guarded.record.state = state
            try Files.remove(contentPath)
            try save(&guarded)
        }
    }

    private func settle(_ guarded: inout Guarded, keepAll: Bool) throws {
        if !keepAll { guarded.record.checksum.dropUnfinishedBlock() }
        guarded.record.checksum.keep()
        guarded.isReceiving = false
        try save(&guarded)
    }

    private func save(_ guarded: inout Guarded) throws {
        try layout.save(guarded.record, to: "\(layout.root)/sessions/\(id).json")
    }
}

/// The right of one request to add bytes to a session, until the next request comes.
struct UploadTurn: Sendable {
    fileprivate let number: Int

    /// Another request has taken the session over.
    struct Superseded: Error {}
}
