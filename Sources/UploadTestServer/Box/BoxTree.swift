import Foundation
import NIOConcurrencyHelpers

/// The files and folders of one account. Names are unique in a folder, whatever their capitals.
final class BoxTree: Sendable {
    private static let bucket = "items"
    /// No folder lies deeper, so that a walk up the tree ends.
    private static let depthMax = 1000

    let objects: ObjectStore
    private let index: NIOLockedValueBox<Index>

    /// Takes over what an earlier run left.
    init(layout: StorageLayout) throws {
        objects = try ObjectStore(layout: layout)
        _ = try objects.makeBucket(Self.bucket)
        var index = Index()
        for id in objects.keys(in: Self.bucket) {
            index.lastID = max(index.lastID, Int64(id) ?? 0)
            guard let record = objects.record(of: Self.object(id)) else { continue }
            let item = BoxItem(record: record)
            if let parent = item.parent, !item.isTrashed { index.children[parent, default: [:]][BoxItemName.folded(item.name)] = id }
        }
        self.index = NIOLockedValueBox(index)
        if self[BoxItem.rootID] == nil { try makeRoot() }
    }

    private static func object(_ id: String) -> ObjectName { ObjectName(bucket: bucket, key: id) }

    // MARK: Looking

    /// Nil where there is no such item, and for one that is in the trash.
    subscript(id: String) -> BoxItem? {
        guard let record = objects.record(of: Self.object(id)) else { return nil }
        let item = BoxItem(record: record)
        return item.isTrashed ? nil : item
    }

    func isTrashed(_ id: String) -> Bool {
        objects.record(of: Self.object(id)).map { BoxItem(record: $0).isTrashed } ?? false
    }

    func folder(_ id: String) throws -> BoxItem {
        guard let folder = self[id], folder.isFolder else { throw missing(id) }
        return folder
    }

    func file(_ id: String) throws -> BoxItem {
        guard let file = self[id], !file.isFolder else { throw missing(id) }
        return file
    }

    private func missing(_ id: String) -> BoxError {
        isTrashed(id) ? BoxError(404, "trashed", "Item is trashed") : BoxError.notFound(id)
    }

    /// Folders first, then files, each in the order of their names.
    func children(of folder: String) -> [BoxItem] {
        let ids = index.withLockedValue { Array(($0.children[folder] ?? [:]).values) }
        return ids.compactMap { self[$0] }.sorted { ($0.isFolder ? 0 : 1, $0.name) < ($1.isFolder ? 0 : 1, $1.name) }
    }

    /// The folders from the root down to the one that the item lies in.
    func folders(above item: BoxItem) -> [BoxItem] {
        var chain: [BoxItem] = []
        var next = item.parent
        while let id = next, chain.count < Self.depthMax, let folder = self[id] {
            chain.append(folder)
            next = folder.parent
        }
        return chain.reversed()
    }

    /// How counters and faults know an item: by its path below the root.
    func name(of item: BoxItem) -> ObjectName {
        name(of: item.name, in: item.parent ?? BoxItem.rootID)
    }

    func name(of name: String, in parent: String) -> ObjectName {
        let above = self[parent].map { folders(above: $0).dropFirst().map(\.name) + ($0.parent == nil ? [] : [$0.name]) } ?? []
        return ObjectName(bucket: "box", key: (above + [name]).joined(separator: "/"))
    }

    func json(_ item: BoxItem, _ fault: FaultAction = FaultAction()) -> JSONValue {
        item.json(path: folders(above: item), spoilsDigest: fault.wrongCRC32C == true)
    }

    func openContent(of item: BoxItem) throws -> (ObjectRecord, OpenFile)? {
        try objects.open(Self.object(item.id))
    }

    // MARK: Changing

    /// Refuses a name that nothing new can have in the folder.
    func refuseName(_ name: String, in parent: String) throws {
        try index.withLockedValue { try refuse(name, of: nil, in: parent, $0) }
    }

    /// The same as a preflight check does it, which does not always agree.
    func refuseAsPreflight(_ name: String, in parent: String) throws {
        try BoxItemName.check(name)
        try refuseName(BoxItemName.normalized(name), in: parent)
    }

    func makeFolder(named name: String, in parent: String) throws -> BoxItem {
        try refuseAsPreflight(name, in: parent)
        let empty = try IncomingContent(path: objects.layout.incoming())
        let folder = try make(named: name, in: parent, fields: ["type": "folder"], content: empty.content)
        empty.wasTaken()
        return folder
    }

    /// - Parameter fields: what is known of the content besides its bytes.
    func makeFile(named name: String, in parent: String, content: Content, fields: [String: JSONValue]) throws -> BoxItem {
        try make(named: name, in: parent, fields: fields.merging(["type": "file"]) { $1 }, content: content)
    }

    private func make(named name: String, in parent: String, fields: [String: JSONValue], content: Content) throws -> BoxItem {
        var fields = fields
        fields["name"] = .string(name)
        fields["parent"] = .string(parent)
        fields["etag"] = "0"
        return try index.withLockedValue { index in
            try refuse(name, of: nil, in: parent, index)
            let id = index.nextID()
            let record = try objects.put(Self.object(id), fields: fields, content: content, md5: nil) { _ in }
            index.children[parent, default: [:]][BoxItemName.folded(name)] = id
            return BoxItem(record: record)
        }
    }

    /// Gives a file new content, and a new name where one is given.
    func addVersion(
        to id: String, named name: String?, content: Content, fields: [String: JSONValue], ifMatch: String?
    ) throws -> BoxItem {
        try index.withLockedValue { index in
            let file = try file(id)
            try check(ifMatch, file)
            let name = name ?? file.name
            if let parent = file.parent { try refuse(name, of: id, in: parent, index) }
            let fields = file.record.fields.merging(fields) { $1 }.merging(changed(file, name: name)) { $1 }
            let record = try objects.put(Self.object(id), fields: fields, content: content, md5: nil) { _ in }
            index.move(file, to: BoxItem(record: record))
            return BoxItem(record: record)
        }
    }

    /// Renames or moves an item, or changes what is known of it.
    func update(_ id: String, name: String?, parent: String?, fields: [String: JSONValue], ifMatch: String?) throws -> BoxItem {
        try index.withLockedValue { index in
            guard let item = self[id], let place = item.parent else { throw missing(id) }
            try check(ifMatch, item)
            let name = name ?? item.name
            let parent = try parent.map { try folder($0).id } ?? place
            try refuse(name, of: id, in: parent, index)
            let record = try objects.change(Self.object(id)) { record in
                record.fields.merge(fields) { $1 }
                record.fields.merge(changed(item, name: name)) { $1 }
                record.fields["parent"] = .string(parent)
            }
            guard let record else { throw missing(id) }
            index.move(item, to: BoxItem(record: record))
            return BoxItem(record: record)
        }
    }

    /// Puts an item into the trash; its name is free then.
    func trash(_ id: String, ifMatch: String?) throws {
        try index.withLockedValue { index in
            guard let item = self[id], item.parent != nil else { throw missing(id) }
            try check(ifMatch, item)
            _ = try objects.change(Self.object(id)) { $0.fields["trashed_at"] = .string(ObjectRecord.now()) }
            index.remove(item)
        }
    }

    private func makeRoot() throws {
        let empty = try IncomingContent(path: objects.layout.incoming())
        let fields: [String: JSONValue] = ["type": "folder", "name": "All Files", "etag": "0"]
        _ = try objects.put(Self.object(BoxItem.rootID), fields: fields, content: empty.content, md5: nil) { _ in }
        empty.wasTaken()
    }

    private func changed(_ item: BoxItem, name: String) -> [String: JSONValue] {
        ["etag": .string(String((Int64(item.etag) ?? 0) + 1)), "name": .string(name)]
    }

    private func check(_ ifMatch: String?, _ item: BoxItem) throws {
        if let ifMatch, item.etag != ifMatch { throw BoxError.preconditionFailed }
    }

    /// Refuses a name that an item other than `id` has in the folder.
    private func refuse(_ name: String, of id: String?, in parent: String, _ index: Index) throws {
        try BoxItemName.check(name)
        guard let occupant = index.children[parent]?[BoxItemName.folded(name)], occupant != id, let existing = self[occupant] else { return }
        throw BoxError.nameInUse(existing, path: folders(above: existing))
    }
}

/// Where the items lie, by folder and name.
private struct Index {
    /// By the folder's id, then by folded name: the ids of what is in it.
    var children: [String: [NameBytes: String]] = [:]
    var lastID: Int64 = 0

    mutating func nextID() -> String {
        lastID = max(lastID + 1, Int64(Date().timeIntervalSince1970 * 1000))
        return String(lastID)
    }

    mutating func move(_ item: BoxItem, to changed: BoxItem) {
        remove(item)
        if let parent = changed.parent { children[parent, default: [:]][BoxItemName.folded(changed.name)] = changed.id }
    }

    mutating func remove(_ item: BoxItem) {
        if let parent = item.parent { children[parent]?[BoxItemName.folded(item.name)] = nil }
    }
}
