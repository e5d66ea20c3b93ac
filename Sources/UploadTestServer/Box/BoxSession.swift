import Crypto
import Foundation
import NIOConcurrencyHelpers
import NIOCore

/// An upload session: parts that come in any order, several at once, into one file.
///
/// A client that lost its connection may be back before the server has noticed. So the newest request has the right to a part, and
/// an earlier one of the same part ends as if its connection had broken.
final class BoxSession: Sendable {
    private struct Guarded {
        var record: BoxSessionRecord
        var receivers: [Int64: BoxPartReceiver] = [:]
        var isCommitting = false
        var isRemoved = false
    }

    private let layout: StorageLayout
    private let guarded: NIOLockedValueBox<Guarded>
    let id: String

    init(_ record: BoxSessionRecord, layout: StorageLayout) {
        self.layout = layout
        self.id = record.id
        self.guarded = NIOLockedValueBox(Guarded(record: record))
    }

    private var contentPath: String { "\(layout.root)/sessions/\(id).data" }

    var record: BoxSessionRecord { guarded.withLockedValue { $0.record } }

    func save() throws {
        try guarded.withLockedValue { try save($0.record) }
    }

    /// Takes the place of whoever is sending this part.
    func begin(partAt offset: Int64) throws -> BoxPartReceiver {
        try guarded.withLockedValue { guarded in
            guarded.receivers[offset]?.supersede()
            let receiver = BoxPartReceiver(file: try OpenFile.writing(contentPath), offset: offset)
            guarded.receivers[offset] = receiver
            return receiver
        }
    }

    /// Adds a part that has come whole. One that is there already stays.
    func add(_ part: BoxPart) throws {
        try guarded.withLockedValue { guarded in
            guarded.receivers[part.offset] = nil
            if guarded.isRemoved { throw BoxError(404, "not_found", "The upload session is gone.") }
            guard guarded.record.parts[part.offset] == nil else { throw BoxPart.alreadyThere }
            guarded.record.parts[part.offset] = part
            try save(guarded.record)
        }
    }

    func forgetParts() throws {
        try guarded.withLockedValue { guarded in
            guarded.record.parts = [:]
            try save(guarded.record)
        }
    }

    /// Forgets the content; requests get this status from now on.
    func lose(_ status: Int) throws {
        try guarded.withLockedValue { guarded in
            guarded.record.lostStatus = status
            guarded.record.parts = [:]
            try Files.remove(contentPath)
            try save(guarded.record)
        }
    }

    /// Removes all that there is of the session. A part that is still arriving does not bring it back.
    func remove() throws {
        try guarded.withLockedValue { guarded in
            guarded.isRemoved = true
            try Files.remove(contentPath)
            try Files.remove("\(layout.root)/sessions/\(id).json")
        }
    }

    /// Runs a commit, one at a time; nil while another one is under way.
    func committing<Result>(_ commit: (Content, _ sha1: [UInt8]) throws -> Result) async throws -> Result? {
        let isFirst = guarded.withLockedValue { guarded in
            defer { guarded.isCommitting = true }
            return !guarded.isCommitting
        }
        guard isFirst else { return nil }
        defer { guarded.withLockedValue { $0.isCommitting = false } }
        let (content, sha1) = try await digestContent()
        return try commit(content, sha1)
    }

    /// Reads the content once. It can be large, so other requests get their turn between the pieces.
    private func digestContent() async throws -> (Content, [UInt8]) {
        let file = try OpenFile.reading(contentPath)
        var (sha1, crc32c) = (Insecure.SHA1(), RunningCRC32C())
        while true {
            let piece = try file.read(at: crc32c.length, count: 1 << 20)
            if piece.readableBytes == 0 { break }
            piece.withUnsafeReadableBytes {
                sha1.update(bufferPointer: $0)
                crc32c.update($0)
            }
            await Task.yield()
        }
        return (Content(path: contentPath, size: crc32c.length, crc32c: crc32c.value), Array(sha1.finalize()))
    }

    private func save(_ record: BoxSessionRecord) throws {
        try layout.save(record, to: "\(layout.root)/sessions/\(id).json")
    }
}

/// Takes in the body of one part.
final class BoxPartReceiver: Sendable {
    private struct Guarded {
        var isSuperseded = false
        var length: Int64 = 0
        var sha1 = Insecure.SHA1()
    }

    private let file: OpenFile
    private let offset: Int64
    private let guarded = NIOLockedValueBox(Guarded())

    init(file: OpenFile, offset: Int64) {
        self.file = file
        self.offset = offset
    }

    func supersede() {
        guarded.withLockedValue { $0.isSuperseded = true }
    }

    /// - Throws: `Superseded` when a later request sends the same part.
    func append(_ bytes: ByteBuffer) throws {
        try guarded.withLockedValue { guarded in
            if guarded.isSuperseded { throw Superseded() }
            try bytes.withUnsafeReadableBytes {
                try file.write($0, at: offset + guarded.length)
                guarded.sha1.update(bufferPointer: $0)
            }
            guarded.length += Int64(bytes.readableBytes)
        }
    }

    /// The length of what has come, and its SHA-1.
    var received: (length: Int64, sha1: [UInt8]) {
        guarded.withLockedValue { ($0.length, Array($0.sha1.finalize())) }
    }

    /// Another request sends the part.
    struct Superseded: Error {}
}
