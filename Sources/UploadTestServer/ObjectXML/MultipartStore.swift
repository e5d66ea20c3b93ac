import NIOConcurrencyHelpers

/// The multipart uploads of one service, those of earlier runs included.
final class MultipartStore: Sendable {
    private let layout: StorageLayout
    private let service: String
    private let uploads: NIOLockedValueBox<[String: MultipartUpload]>

    /// - Parameter service: tells the uploads of this service from those of others on the same server.
    init(layout: StorageLayout, service: String) throws {
        self.layout = layout
        self.service = service
        let found = try Files.names(in: "\(layout.root)/multipart").filter { $0.hasPrefix("\(service)-") }
            .compactMap { try Self.load($0, layout) }
        uploads = NIOLockedValueBox(Dictionary(uniqueKeysWithValues: found.map { ($0.record.id, $0) }))
    }

    private static func load(_ id: String, _ layout: StorageLayout) throws -> MultipartUpload? {
        let directory = "\(layout.root)/multipart/\(id)"
        let files = try Files.names(in: directory)
        // A directory that the server was stopped in the middle of making or removing holds no upload.
        guard files.contains("upload.json") else { return nil }
        let parts = try files.filter { $0.hasSuffix(".json") && $0 != "upload.json" }
            .map { try layout.load(PartRecord.self, from: "\(directory)/\($0)") }
        return MultipartUpload(
            try layout.load(MultipartUpload.Record.self, from: "\(directory)/upload.json"), layout: layout, parts: parts)
    }

    var openCount: Int { uploads.withLockedValue { $0.count } }

    func begin(_ name: ObjectName, _ traits: ObjectTraits) throws -> MultipartUpload {
        let record = MultipartUpload.Record(
            id: "\(service)-\(RandomID.make())", name: name, traits: traits, initiated: ObjectRecord.now())
        try Files.makeDirectory("\(layout.root)/multipart/\(record.id)")
        try layout.save(record, to: "\(layout.root)/multipart/\(record.id)/upload.json")
        let upload = MultipartUpload(record, layout: layout)
        uploads.withLockedValue { $0[record.id] = upload }
        return upload
    }

    /// An upload is found under its object's name only.
    func upload(_ id: String, of name: ObjectName) throws -> MultipartUpload {
        guard let upload = uploads.withLockedValue({ $0[id] }), upload.record.name == name else { throw ObjectXMLError.noUpload }
        return upload
    }

    func discard(_ upload: MultipartUpload) throws {
        try upload.discard()
        uploads.withLockedValue { $0[upload.record.id] = nil }
    }

    /// By key, then by the time of their beginning.
    func uploads(in bucket: String) -> [MultipartUpload] {
        uploads.withLockedValue { $0.values.filter { $0.record.name.bucket == bucket } }
            .sorted { left, right in
                let (left, right) = (left.record, right.record)
                guard left.name == right.name else { return left.name.key.utf8.lexicographicallyPrecedes(right.name.key.utf8) }
                return (left.initiated, left.id) < (right.initiated, right.id)
            }
    }
}
