import Foundation
import NIOConcurrencyHelpers

/// The buckets and objects, on disk; what is known about them is also kept in memory, for listing.
final class ObjectStore: Sendable {
    let layout: StorageLayout

    private struct State {
        var buckets: [String: [NameBytes: ObjectRecord]] = [:]
        /// The keys of a bucket in order, until one is added or removed.
        var sortedKeys: [String: [String]] = [:]
        var lastGeneration: Int64 = 0
    }

    private let state: NIOLockedValueBox<State>

    /// Takes over what an earlier run left under the root.
    init(layout: StorageLayout) throws {
        self.layout = layout
        var state = State()
        for bucket in try Files.names(in: "\(layout.root)/metadata") {
            let records = try Self.records(below: "\(layout.root)/metadata/\(bucket)", layout)
            state.buckets[bucket] = Dictionary(uniqueKeysWithValues: records.map { (NameBytes($0.name.key), $0) })
            state.lastGeneration = max(state.lastGeneration, records.map(\.generation).max() ?? 0)
        }
        self.state = NIOLockedValueBox(state)
    }

    private static func records(below directory: String, _ layout: StorageLayout) throws -> [ObjectRecord] {
        try Files.names(in: directory).flatMap { name in
            let path = "\(directory)/\(name)"
            return Files.isDirectory(path) ? try records(below: path, layout) : [try layout.load(ObjectRecord.self, from: path)]
        }
    }

    // MARK: Buckets

    /// False if the bucket is there already. The name is one that `BucketName` allows.
    func makeBucket(_ bucket: String) throws -> Bool {
        try state.withLockedValue { state in
            guard state.buckets[bucket] == nil else { return false }
            try Files.makeDirectory("\(layout.root)/objects/\(EscapedName.path(for: bucket))")
            try Files.makeDirectory("\(layout.root)/metadata/\(EscapedName.path(for: bucket))")
            state.buckets[bucket] = [:]
            return true
        }
    }

    func hasBucket(_ bucket: String) -> Bool {
        state.withLockedValue { $0.buckets[bucket] != nil }
    }

    // MARK: Objects

    func record(of name: ObjectName) -> ObjectRecord? {
        state.withLockedValue { $0.buckets[name.bucket]?[NameBytes(name.key)] }
    }

    /// The keys of a bucket, in the order of their bytes.
    func keys(in bucket: String) -> [String] {
        state.withLockedValue { state in
            if let keys = state.sortedKeys[bucket] { return keys }
            let keys = (state.buckets[bucket] ?? [:]).keys.map(\.text).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            state.sortedKeys[bucket] = keys
            return keys
        }
    }

    /// Makes content the object of that name. `admit` sees the object that it would replace, in the same instant, and may throw.
    func put(
        _ name: ObjectName, fields: [String: JSONValue], content: Content, md5: String?, xml: ObjectRecord.XMLTraits? = nil,
        admit: (ObjectRecord?) throws -> Void
    ) throws -> ObjectRecord {
        try state.withLockedValue { state in
            let existing = state.buckets[name.bucket]?[NameBytes(name.key)]
            try admit(existing)
            let now = ObjectRecord.now()
            state.lastGeneration = max(state.lastGeneration + 1, Int64(Date().timeIntervalSince1970 * 1_000_000))
            let record = ObjectRecord(
                name: name, fields: fields, size: content.size, crc32c: content.crc32c, md5: md5, generation: state.lastGeneration,
                metageneration: 1, created: now, updated: now, xml: xml
            )
            try moveIntoPlace(content.path, record)
            state.buckets[name.bucket, default: [:]][NameBytes(name.key)] = record
            if existing == nil { state.sortedKeys[name.bucket] = nil }
            return record
        }
    }

    /// Changes the fields of an object. Nil if there is none of that name.
    func change(_ name: ObjectName, _ change: (inout ObjectRecord) throws -> Void) throws -> ObjectRecord? {
        try state.withLockedValue { state in
            guard var record = state.buckets[name.bucket]?[NameBytes(name.key)] else { return nil }
            try change(&record)
            record.metageneration += 1
            record.updated = ObjectRecord.now()
            try layout.save(record, to: layout.metadata(of: name))
            state.buckets[name.bucket]?[NameBytes(name.key)] = record
            return record
        }
    }

    /// False if there is no such object.
    func remove(_ name: ObjectName, admit: (ObjectRecord) throws -> Void) throws -> Bool {
        try state.withLockedValue { state in
            guard let record = state.buckets[name.bucket]?[NameBytes(name.key)] else { return false }
            try admit(record)
            try Files.remove(layout.metadata(of: name))
            try Files.remove(layout.content(of: name))
            state.buckets[name.bucket]?[NameBytes(name.key)] = nil
            state.sortedKeys[name.bucket] = nil
            return true
        }
    }

    /// The record and the bytes that belong to it: an object that is replaced meanwhile stays readable through the open file.
    func open(_ name: ObjectName) throws -> (ObjectRecord, OpenFile)? {
        try state.withLockedValue { state in
            guard let record = state.buckets[name.bucket]?[NameBytes(name.key)] else { return nil }
            return (record, try OpenFile.reading(layout.content(of: name)))
        }
    }

    private func moveIntoPlace(_ path: String, _ record: ObjectRecord) throws {
        let target = layout.content(of: record.name)
        let metadata = layout.metadata(of: record.name)
        if record.name.key.utf8.count * 3 > EscapedName.pieceLength {
            try Files.makeDirectory(parent(of: target))
            try Files.makeDirectory(parent(of: metadata))
        }
        try Files.move(path, to: target)
        try layout.save(record, to: metadata)
    }

    private func parent(of path: String) -> String {
        String(path[..<(path.utf8.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex)])
    }
}
