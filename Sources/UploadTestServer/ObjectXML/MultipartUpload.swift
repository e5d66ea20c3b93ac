import CChecksums
import Crypto
import Foundation
import NIOConcurrencyHelpers

/// What an object is to be, apart from its bytes, as the request that begins it says.
struct ObjectTraits: Sendable, Codable, Hashable {
    /// By their names in Cloud Storage's JSON.
    var fields: [String: JSONValue]
    /// Headers of the service that have no place there and come back with the object: encryption, expiry, access list.
    var headers: [String: String]
    /// What tells the key that the client keeps for itself from any other; the key is not stored.
    var customerKey: String?

    var isEncrypted: Bool { customerKey != nil || headers.keys.contains { $0.contains("encryption") } }
}

/// One part of a multipart upload, as it lies on disk.
struct PartRecord: Sendable, Codable, Hashable {
    let number: Int
    let size: Int64
    let digests: ContentDigests
    let etag: String
    /// RFC 3339.
    let modified: String
}

/// A multipart upload: parts that come in any order and become one object.
///
/// An upload that has been completed or aborted is gone, as the services have it: later requests find nothing.
final class MultipartUpload: Sendable {
    struct Record: Sendable, Codable {
        let id: String
        let name: ObjectName
        let traits: ObjectTraits
        /// RFC 3339.
        let initiated: String
    }

    private enum State {
        case open
        /// A request is putting the object together.
        case completing
        case gone
    }

    private struct Guarded {
        var parts: [Int: PartRecord]
        var state = State.open
    }

    let record: Record
    private let layout: StorageLayout
    private let guarded: NIOLockedValueBox<Guarded>

    init(_ record: Record, layout: StorageLayout, parts: [PartRecord] = []) {
        self.record = record
        self.layout = layout
        guarded = NIOLockedValueBox(Guarded(parts: Dictionary(uniqueKeysWithValues: parts.map { ($0.number, $0) })))
    }

    private var directory: String { "\(layout.root)/multipart/\(record.id)" }
    private func path(of number: Int) -> String { "\(directory)/\(number)" }

    /// In the order of their numbers.
    var parts: [PartRecord] {
        guarded.withLockedValue { $0.parts.values.sorted { $0.number < $1.number } }
    }

    func hasPart(_ number: Int) -> Bool { guarded.withLockedValue { $0.parts[number] != nil } }

    /// Takes a part in; one of the same number is replaced.
    func store(_ content: DigestedContent, as number: Int) throws -> PartRecord {
        let digests = content.digests
        let etag = record.traits.isEncrypted ? Self.opaqueETag(digests) : digests.md5Hex
        let part = PartRecord(
            number: number, size: content.content.size, digests: digests, etag: etag, modified: ObjectRecord.now())
        try guarded.withLockedValue { guarded in
            guard guarded.state == .open else { throw ObjectXMLError.noUpload }
            try Files.move(content.content.path, to: path(of: number))
            content.wasTaken()
            try layout.save(part, to: path(of: number) + ".json")
            guarded.parts[number] = part
        }
        return part
    }

    /// Drops all parts and stays open.
    func forgetParts() throws {
        try guarded.withLockedValue { guarded in
            for number in guarded.parts.keys { try remove(number) }
            guarded.parts = [:]
        }
    }

    /// Makes one content of the listed parts. The upload stays until `discard`; if this fails, it goes on.
    /// - Parameter partSizeMin: of every part but the last, in bytes.
    func assemble(_ list: CompletionList, partSizeMin: Int64) async throws -> (content: Content, crc64: UInt64, etag: String) {
        let parts = try begin(list, partSizeMin: partSizeMin)
        do {
            let path = layout.incoming()
            let target = try OpenFile.writing(path)
            var size: Int64 = 0
            var (crc32c, crc64): (UInt32, UInt64) = (0, 0)
            var hash = Insecure.MD5()
            for part in parts {
                try target.append(try OpenFile.reading(self.path(of: part.number)), length: part.size, at: size)
                size += part.size
                crc32c = crc32c_combine(crc32c, part.digests.crc32c, UInt64(part.size))
                crc64 = crc64_combine(crc64, part.digests.crc64, UInt64(part.size))
                hash.update(data: part.digests.md5)
                await Task.yield()
            }
            let digests = ContentDigests(md5: Array(hash.finalize()), crc32c: crc32c, crc64: crc64)
            return (Content(path: path, size: size, crc32c: crc32c), crc64, "\(digests.md5Hex)-\(parts.count)")
        } catch {
            reopen()
            throw error
        }
    }

    private func begin(_ list: CompletionList, partSizeMin: Int64) throws -> [PartRecord] {
        try guarded.withLockedValue { guarded in
            switch guarded.state {
            case .gone: throw ObjectXMLError.noUpload
            case .completing: throw ObjectXMLError(409, "OperationAborted", "Another request is completing this upload.")
            case .open: break
            }
            let parts = try Self.check(list, guarded.parts, partSizeMin)
            guarded.state = .completing
            return parts
        }
    }

    private static func check(_ list: CompletionList, _ parts: [Int: PartRecord], _ partSizeMin: Int64) throws -> [PartRecord] {
        guard !list.entries.isEmpty else { throw ObjectXMLError.malformed }
        guard zip(list.entries, list.entries.dropFirst()).allSatisfy({ $0.number < $1.number }) else {
            throw ObjectXMLError(400, "InvalidPartOrder", "The list of parts was not in ascending order.")
        }
        let chosen = try list.entries.map { entry in
            guard let part = parts[entry.number], part.etag == entry.etag else {
                throw ObjectXMLError(400, "InvalidPart", "Part \(entry.number) could not be found, or its entity tag does not match.")
            }
            return part
        }
        guard chosen.dropLast().allSatisfy({ $0.size >= partSizeMin }) else {
            throw ObjectXMLError(400, "EntityTooSmall", "A part that is not the last has less than \(partSizeMin) bytes.")
        }
        return chosen
    }

    /// The completion was refused after all.
    func reopen() {
        guarded.withLockedValue { if $0.state == .completing { $0.state = .open } }
    }

    /// Removes the upload and its parts. What is still being received for it is refused.
    func discard() throws {
        try guarded.withLockedValue { guarded in
            guarded.state = .gone
            // Without this file the rest is no upload for the next run.
            try Files.remove("\(directory)/upload.json")
            for number in guarded.parts.keys { try remove(number) }
            guarded.parts = [:]
            try Files.removeDirectory(directory)
        }
    }

    private func remove(_ number: Int) throws {
        try Files.remove(path(of: number))
        try Files.remove(path(of: number) + ".json")
    }

    /// The ETag of encrypted bytes, which is no MD5 of the plain ones.
    static func opaqueETag(_ digests: ContentDigests) -> String {
        Insecure.MD5.hash(data: digests.md5 + "encrypted".utf8).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
