import Foundation

/// The files of all drives, and how they lie in each other.
struct DriveTree: Sendable {
    private static let bucket = "files"
    /// No folder lies deeper than the real service allows.
    private static let depthMax = 100

    let objects: ObjectStore

    init(layout: StorageLayout) throws {
        objects = try ObjectStore(layout: layout)
        _ = try objects.makeBucket(Self.bucket)
        if self[DriveID.root] == nil { try makeFolder(DriveID.root, fields: ["name": "My Drive"]) }
    }

    static func object(_ id: String) -> ObjectName { ObjectName(bucket: bucket, key: id) }

    subscript(id: String) -> DriveItem? {
        objects.record(of: Self.object(id == "root" ? DriveID.root : id)).map { DriveItem(record: $0) }
    }

    /// All files and folders, in the order of their ids.
    var all: [DriveItem] { objects.keys(in: Self.bucket).compactMap { self[$0] } }

    func isTrashed(_ file: DriveItem) -> Bool {
        ancestors(of: file).contains { $0.isExplicitlyTrashed }
    }

    /// The names from the root of the drive down to the file, with slashes between them.
    func path(of file: DriveItem) -> String {
        ancestors(of: file).dropLast().reversed().map(\.name).joined(separator: "/")
    }

    func path(of name: String, in parent: String?) -> String {
        let above = self[parent ?? "root"].map { path(of: $0) } ?? ""
        return above.isEmpty ? name : "\(above)/\(name)"
    }

    /// Makes a folder, or a file without content.
    @discardableResult
    func makeFolder(_ id: String, fields: [String: JSONValue]) throws -> DriveItem {
        let empty = try IncomingContent(path: objects.layout.incoming())
        var fields = fields
        fields["mimeType"] = fields["mimeType"] ?? .string(DriveItem.folderType)
        let record = try objects.put(Self.object(id), fields: fields, content: empty.content, md5: nil, admit: Self.refuseExisting)
        empty.wasTaken()
        return DriveItem(record: record)
    }

    static func refuseExisting(_ existing: ObjectRecord?) throws {
        if existing != nil { throw GoogleError(409, "fileIdInUse", "A file already exists with the provided ID.") }
    }

    /// Removes a file for good, and all that lies below it.
    func remove(_ file: DriveItem) throws {
        for child in all where child.parent == file.id { try remove(child) }
        _ = try objects.remove(Self.object(file.id)) { _ in }
    }

    /// The file itself and the folders above it.
    private func ancestors(of file: DriveItem) -> [DriveItem] {
        var chain = [file]
        while chain.count < Self.depthMax, let parent = chain.last?.parent, let folder = self[parent] { chain.append(folder) }
        return chain
    }
}
